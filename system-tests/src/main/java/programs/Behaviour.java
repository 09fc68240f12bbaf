package programs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;

/**
 * How a request asks its server to behave, by its header fields; so that one kind of server will do
 * for every test.
 *
 * <pre>
 * x-id: ID                 counts the requests with this ID, by process; written to the file
 *                          LEDGER, if that variable is set and the request is a POST
 * x-respond: STATUS        answers so
 * x-respond-first: STATUS*N  answers so to the first N requests of the ID
 * x-respond-every: STATUS/N  answers so to every Nth request that the process gets; may be repeated
 * x-delay-ms: N            waits before it answers
 * x-drop: NAME             the server of that name reads all of the request, then closes the
 *                          connection
 * x-answer: NAME:VALUE     adds a field to the answer; may be repeated
 * x-call: HOST,HOST        first calls the first of them, on the request's own thread, with the
 *                          same field, that host last; answers with the status that it got, and
 *                          with its reason as x-called
 * x-call: HOST;NAME=VALUE  the same once, with that field
 * </pre>
 *
 * A server whose file {@code NAME.bad} is there answers 503 to everything. If the variable SERVED
 * is set, the status of each answer is written to the file of that name, before the answer is sent.
 */
record Behaviour(int status, int attempt, boolean drop, List<String> answer) {
  private static final Map<String, Integer> ATTEMPTS = new ConcurrentHashMap<>();
  private static final AtomicLong REQUESTS = new AtomicLong();
  private static final String LEDGER = System.getenv("LEDGER");
  private static final String SERVED = System.getenv("SERVED");

  /**
   * Waits, if it has to.
   *
   * @param name of the server
   * @param fields the values of a header field, never null
   */
  static Behaviour of(String name, String method, Function<String, List<String>> fields) {
    String id = first(fields, "x-id", "");
    int attempt = id.isEmpty() ? 1 : ATTEMPTS.merge(id, 1, Integer::sum);
    if (LEDGER != null && method.equals("POST") && !id.isEmpty()) {
      write(LEDGER, id);
    }
    long delay = Long.parseLong(first(fields, "x-delay-ms", "0"));
    if (delay > 0) {
      LockSupport.parkNanos(delay * 1_000_000);
    }
    int status = Integer.parseInt(first(fields, "x-respond", "200"));
    String[] firstOnes = first(fields, "x-respond-first", "200*0").split("\\*");
    if (attempt <= Integer.parseInt(firstOnes[1])) {
      status = Integer.parseInt(firstOnes[0]);
    }
    long number = REQUESTS.incrementAndGet();
    for (String each : fields.apply("x-respond-every")) {
      String[] statusAndNth = each.split("/");
      if (number % Long.parseLong(statusAndNth[1]) == 0) {
        status = Integer.parseInt(statusAndNth[0]);
      }
    }
    if (Files.exists(Path.of(name + ".bad"))) {
      status = 503;
    }
    if (SERVED != null) {
      write(SERVED, String.valueOf(status));
    }
    List<String> answer = new ArrayList<>(fields.apply("x-answer"));
    for (String called : fields.apply("x-call")) {
      status = call(called, answer);
    }
    return new Behaviour(status, attempt, first(fields, "x-drop", "").equals(name), answer);
  }

  private static int call(String called, List<String> answer) {
    int end = called.indexOf(';') >= 0 ? called.indexOf(';') : called.indexOf(',');
    String host = called.substring(0, end);
    String[] field =
        called.charAt(end) == ';'
            ? called.substring(end + 1).split("=", 2)
            : new String[] {"x-call", called.substring(end + 1) + "," + host};
    try {
      HttpURLConnection connection =
          (HttpURLConnection) new URL("http://" + host + "/").openConnection();
      connection.setRequestProperty(field[0], field[1]);
      int status = connection.getResponseCode();
      String reason = status + " " + connection.getHeaderField("Proxy-Status");
      System.out.println("called " + reason);
      answer.add("x-called:" + reason);
      return status;
    } catch (IOException e) {
      answer.add("x-called:" + e);
      return 502;
    }
  }

  private static String first(
      Function<String, List<String>> fields, String name, String otherwise) {
    List<String> values = fields.apply(name);
    return values.isEmpty() ? otherwise : values.get(0);
  }

  private static synchronized void write(String file, String line) {
    try {
      Files.write(
          Path.of(file),
          (line + "\n").getBytes(StandardCharsets.UTF_8),
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
