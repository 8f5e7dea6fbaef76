import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.security.auth.callback.Callback;
import javax.security.auth.callback.UnsupportedCallbackException;
import javax.security.auth.login.AppConfigurationEntry;
import org.apache.kafka.common.security.auth.AuthenticateCallbackHandler;
import org.apache.kafka.common.security.oauthbearer.OAuthBearerToken;
import org.apache.kafka.common.security.oauthbearer.OAuthBearerValidatorCallback;

/**
 * Lets a broker take the tokens of MSK's IAM login: whoever brings one with a credential scope for kafka-cluster is the
 * user named by its access key. The signature is not checked, since only AWS could.
 */
public final class IamTokens implements AuthenticateCallbackHandler {
    private static final Pattern SCOPE =
        Pattern.compile("X-Amz-Credential=([A-Z0-9]+)%2F\\d{8}%2F[a-z0-9-]+%2Fkafka-cluster%2Faws4_request");
    private static final long LIFE_MS = 900_000;

    @Override
    public void configure(Map<String, ?> configs, String mechanism, List<AppConfigurationEntry> entries) {}

    @Override
    public void close() {}

    @Override
    public void handle(Callback[] callbacks) throws UnsupportedCallbackException {
        for (Callback callback : callbacks) {
            if (!(callback instanceof OAuthBearerValidatorCallback)) throw new UnsupportedCallbackException(callback);
            OAuthBearerValidatorCallback validator = (OAuthBearerValidatorCallback) callback;
            String url = new String(Base64.getUrlDecoder().decode(validator.tokenValue()), StandardCharsets.UTF_8);
            Matcher scope = SCOPE.matcher(url);
            if (scope.find()) validator.token(new IamToken(validator.tokenValue(), scope.group(1)));
            else validator.error("invalid_token", null, null);
        }
    }

    private static final class IamToken implements OAuthBearerToken {
        private final String value;
        private final String accessKey;
        private final long start = System.currentTimeMillis();

        private IamToken(String value, String accessKey) {
            this.value = value;
            this.accessKey = accessKey;
        }

        @Override
        public String value() {
            return value;
        }

        @Override
        public Set<String> scope() {
            return Set.of();
        }

        @Override
        public long lifetimeMs() {
            return start + LIFE_MS;
        }

        @Override
        public String principalName() {
            return accessKey;
        }

        @Override
        public Long startTimeMs() {
            return start;
        }
    }
}
