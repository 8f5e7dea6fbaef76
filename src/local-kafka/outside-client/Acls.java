import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;

/** Access rules. */
final class Acls {
  private final Clients clients;

  Acls(Clients clients) {
    this.clients = clients;
  }

  /** The requests it answers, by name. */
  Map<String, OutsideClient.Operation> operations() {
    return Map.of("createAcl", this::createAcl, "describeAcls", this::describeAcls);
  }

  Object createAcl(JsonNode request) throws Exception {
    ResourcePattern resource = new ResourcePattern(ResourceType.fromString(Json.text(request, "resource")),
        Json.text(request, "name"), PatternType.fromString(Json.text(request, "pattern")));
    AccessControlEntry entry = new AccessControlEntry(Json.text(request, "principal"), Json.text(request, "host"),
        AclOperation.fromString(Json.text(request, "rule")), AclPermissionType.fromString(Json.text(request, "permission")));
    return clients.admin.createAcls(List.of(new AclBinding(resource, entry))).all().get();
  }

  Object describeAcls(JsonNode request) throws Exception {
    List<Object> answer = new ArrayList<>();
    for (AclBinding acl : clients.admin.describeAcls(AclBindingFilter.ANY).values().get())
      answer.add(Map.of("resource", acl.pattern().resourceType().name(), "name", acl.pattern().name(),
          "pattern", acl.pattern().patternType().name(), "principal", acl.entry().principal(), "host", acl.entry().host(),
          "rule", acl.entry().operation().name(), "permission", acl.entry().permissionType().name()));
    return answer;
  }
}
