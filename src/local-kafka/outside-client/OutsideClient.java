import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * The independent client that our results are proven with, on Kafka's own Java clients: it reads one JSON request per
 * line and writes one JSON answer per line, {"id":…,"result":…} or {"id":…,"error":"…"}; outside-client.ts is its other
 * half and documents the requests. Requests run side by side. It ends when its standard input does.
 */
public final class OutsideClient {
  /** Answers one request with whatever Jackson can write, null included. */
  interface Operation {
    Object run(JsonNode request) throws Exception;
  }

  private final Map<String, Operation> operations = new HashMap<>();

  public static void main(String[] args) throws Exception {
    // Not System.out, whose encoding is the terminal's: topic and header names need UTF-8.
    PrintStream answers = new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8);
    // Whatever logs to standard output must not come between the answers.
    System.setOut(System.err);
    OutsideClient client = new OutsideClient(new Clients(Json.strings(Json.MAPPER.readTree(args[0]))));
    ExecutorService threads = Executors.newCachedThreadPool();
    BufferedReader requests = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    answers.println("{\"id\":0,\"result\":\"ready\"}");
    answers.flush();
    for (String line; (line = requests.readLine()) != null; ) {
      JsonNode request = Json.MAPPER.readTree(line);
      threads.execute(() -> {
        String answer = client.answer(request);
        synchronized (answers) {
          answers.println(answer);
          answers.flush();
        }
      });
    }
    // Its archive of classes is written at a regular end alone.
    if (Boolean.getBoolean("endsRegularly")) System.exit(0);
    // Otherwise not: open transactions have to stay open, as after a crash.
    Runtime.getRuntime().halt(0);
  }

  private OutsideClient(Clients clients) {
    operations.putAll(new Topics(clients).operations());
    operations.putAll(new Acls(clients).operations());
    operations.putAll(new Groups(clients).operations());
    operations.putAll(new Members(clients).operations());
    operations.putAll(new Writing(clients).operations());
    operations.putAll(new Reading(clients).operations());
    operations.put("latency", request -> new Latency(clients, request).measure());
  }

  String answer(JsonNode request) {
    ObjectNode answer = Json.MAPPER.createObjectNode().put("id", request.get("id").asInt());
    try {
      Operation operation = operations.get(Json.text(request, "operation"));
      if (operation == null) throw new IllegalArgumentException("unknown operation " + request.get("operation"));
      return answer.set("result", Json.MAPPER.valueToTree(operation.run(request))).toString();
    } catch (Throwable error) {
      Throwable cause = error instanceof ExecutionException && error.getCause() != null ? error.getCause() : error;
      return answer.put("error", cause.getClass().getSimpleName() + ": " + cause.getMessage()).toString();
    }
  }
}
