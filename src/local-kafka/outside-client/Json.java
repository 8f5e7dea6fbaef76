import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Base64;
import java.util.Map;

/** Reading requests and writing answers. */
final class Json {
  static final ObjectMapper MAPPER = new ObjectMapper();

  private Json() {}

  static String text(JsonNode node, String field) {
    if (!node.hasNonNull(field)) throw new IllegalArgumentException("the request has no " + field);
    return node.get(field).asText();
  }

  static Iterable<JsonNode> list(JsonNode node, String field) { return node.path(field); }

  static Map<String, String> strings(JsonNode node) {
    if (node == null || node.isNull()) return Map.of();
    return MAPPER.convertValue(node, MAPPER.getTypeFactory().constructMapType(Map.class, String.class, String.class));
  }

  static byte[] bytes(JsonNode node) throws Exception { return node == null || node.isNull() ? null : node.binaryValue(); }

  static String base64(byte[] bytes) { return bytes == null ? null : Base64.getEncoder().encodeToString(bytes); }
}
