package programs;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * {@code Caller jdk|url}: calls what it is told to on stdin, with {@code java.net.http.HttpClient}
 * or {@code HttpURLConnection}.
 *
 * <pre>
 * get URL            one call: `answer STATUS BODY` or `answer failed CLASS: MESSAGE`
 * send METHOD URL [NAME=VALUE]...  one call with header fields, and with a body if it is a POST or
 *                    PUT: `answer STATUS`, a `>NAME: VALUE` for each field of the answer, the body
 * echo BYTES URL     POSTs so many bytes: `answer STATUS same` if they came back, else `other`
 * many COUNT URL     so many calls, one after the other: `answer` and the tally
 * start THREADS URL [NAME=VALUE]...  calls without end with header fields, from so many threads
 * rate N URL         N calls a second without end, of all methods; see {@link OpenLoop}
 * tally              `answer` and what the calls without end have come to since the last time
 * stop               ends them: `answer` and the tally
 * statuses           `answer` and `STATUS=COUNT...` of `many` and `start` from the first on; 0 for
 *                    exceptions
 * </pre>
 */
public final class Caller {
  /** Between two calls of one thread, so that a small machine has room for the other processes. */
  private static final long PACE_NANOS = 2_000_000;

  private final Library library;
  private final Map<String, Integer> answers = new TreeMap<>();
  private final Map<String, Integer> statuses = new TreeMap<>();
  private final List<Thread> threads = new ArrayList<>();
  private volatile boolean stopped;
  private int ok;
  private int failed;
  private String failure = "";
  private @Nullable OpenLoop openLoop;

  private Caller(Library library) {
    this.library = library;
  }

  public static void main(String[] args) throws Exception {
    Caller caller = new Caller(Library.named(args[0]));
    System.out.println("ready");
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      System.out.println("answer " + caller.obey(line.split(" ")));
    }
  }

  private String obey(String[] words) throws Exception {
    switch (words[0]) {
      case "get":
        try {
          return oneLine(get(words[1]));
        } catch (Exception e) {
          return "failed " + oneLine(e.toString());
        }
      case "send":
        try {
          return oneLine(send(words));
        } catch (Exception e) {
          return "failed " + oneLine(e.toString());
        }
      case "echo":
        try {
          return oneLine(echo(Integer.parseInt(words[1]), words[2]));
        } catch (Exception e) {
          return "failed " + oneLine(e.toString());
        }
      case "rate":
        openLoop = new OpenLoop(library, Integer.parseInt(words[1]), words[2]);
        return "started";
      case "many":
        for (int i = 0; i < Integer.parseInt(words[1]); i++) {
          call(words[2], List.of());
        }
        return tally();
      case "start":
        stopped = false;
        List<String> fields = fields(words);
        for (int i = 0; i < Integer.parseInt(words[1]); i++) {
          Thread thread = new Thread(() -> callWithoutEnd(words[2], fields));
          threads.add(thread);
          thread.start();
        }
        return "started";
      case "tally":
        OpenLoop asked = openLoop;
        return oneLine(asked == null ? tally() : asked.tally());
      case "statuses":
        return statuses();
      default:
        OpenLoop running = openLoop;
        if (running != null) {
          running.stop();
          String last = oneLine(running.tally());
          openLoop = null;
          return last;
        }
        stopped = true;
        for (Thread thread : threads) {
          thread.join();
        }
        threads.clear();
        return tally();
    }
  }

  private void callWithoutEnd(String url, List<String> fields) {
    while (!stopped) {
      call(url, fields);
      LockSupport.parkNanos(PACE_NANOS);
    }
  }

  private void call(String url, List<String> fields) {
    String result;
    String status = "0";
    try {
      Library.Answer answer = library.send("GET", url, fields, "");
      status = String.valueOf(answer.status());
      result = status + " " + answer.body();
    } catch (Exception e) {
      result = e.toString();
    }
    synchronized (this) {
      statuses.merge(status, 1, Integer::sum);
      if (result.startsWith("200 ")) {
        ok++;
        answers.merge(result.substring(4).split("\n")[0], 1, Integer::sum);
      } else {
        failed++;
        failure = failure.isEmpty() ? result : failure;
      }
    }
  }

  private synchronized String tally() {
    String tally = "ok=" + ok + " failed=" + failed + " " + answers + " " + oneLine(failure);
    ok = 0;
    failed = 0;
    failure = "";
    answers.clear();
    return tally;
  }

  private synchronized String statuses() {
    StringBuilder text = new StringBuilder();
    statuses.forEach((status, count) -> text.append(status).append('=').append(count).append(' '));
    return text.toString();
  }

  private static String oneLine(String text) {
    return text.replace('\r', ' ').replace('\n', '|');
  }

  private String get(String url) throws Exception {
    Library.Answer answer = library.send("GET", url, List.of(), "");
    return answer.status() + " " + answer.body();
  }

  private String echo(int bytes, String url) throws Exception {
    String line = "0123456789abcde\n";
    String body = line.repeat(bytes / line.length());
    Library.Answer answer =
        library.send("POST", url, List.of("Content-Type", "application/octet-stream"), body);
    return answer.status() + (answer.body().equals(body) ? " same" : " other");
  }

  private static List<String> fields(String[] words) {
    List<String> fields = new ArrayList<>();
    for (int i = 3; i < words.length; i++) {
      fields.addAll(List.of(words[i].split("=", 2)));
    }
    return fields;
  }

  private String send(String[] words) throws Exception {
    boolean body = words[1].equals("POST") || words[1].equals("PUT");
    Library.Answer answer = library.send(words[1], words[2], fields(words), body ? "a body" : "");
    StringBuilder text = new StringBuilder().append(answer.status()).append('\n');
    new TreeMap<>(answer.fields())
        .forEach(
            (name, values) ->
                values.forEach(
                    value ->
                        text.append('>').append(name).append(": ").append(value).append('\n')));
    return text.append(answer.body()).toString();
  }
}
