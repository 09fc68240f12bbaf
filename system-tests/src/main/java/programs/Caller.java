package programs;

import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;

/**
 * {@code Caller jdk|url}: calls what it is told to on stdin, with {@code java.net.http.HttpClient}
 * or {@code HttpURLConnection}.
 *
 * <pre>
 * get URL            one call: `answer STATUS BODY` or `answer failed CLASS: MESSAGE`
 * many COUNT URL     so many calls, one after the other: `answer` and the tally
 * start THREADS URL  calls without end, from so many threads
 * tally              `answer` and what the calls without end have come to since the last time
 * stop               ends them: `answer` and the tally
 * </pre>
 */
public final class Caller {
  private interface Library {
    /** Returns status, a blank and the body. */
    String get(String url) throws Exception;
  }

  /** Between two calls of one thread, so that a small machine has room for the other processes. */
  private static final long PACE_NANOS = 2_000_000;

  private final Library library;
  private final Map<String, Integer> answers = new TreeMap<>();
  private final List<Thread> threads = new ArrayList<>();
  private volatile boolean stopped;
  private int ok;
  private int failed;
  private String failure = "";

  private Caller(Library library) {
    this.library = library;
  }

  public static void main(String[] args) throws Exception {
    Caller caller = new Caller(args[0].equals("jdk") ? jdk() : Caller::urlConnection);
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
          return oneLine(library.get(words[1]));
        } catch (Exception e) {
          return "failed " + oneLine(e.toString());
        }
      case "many":
        for (int i = 0; i < Integer.parseInt(words[1]); i++) {
          call(words[2]);
        }
        return tally();
      case "start":
        stopped = false;
        for (int i = 0; i < Integer.parseInt(words[1]); i++) {
          Thread thread = new Thread(() -> callWithoutEnd(words[2]));
          threads.add(thread);
          thread.start();
        }
        return "started";
      case "tally":
        return tally();
      default:
        stopped = true;
        for (Thread thread : threads) {
          thread.join();
        }
        threads.clear();
        return tally();
    }
  }

  private void callWithoutEnd(String url) {
    while (!stopped) {
      call(url);
      LockSupport.parkNanos(PACE_NANOS);
    }
  }

  private void call(String url) {
    String result;
    try {
      result = library.get(url);
    } catch (Exception e) {
      result = e.toString();
    }
    synchronized (this) {
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

  private static String oneLine(String text) {
    return text.replace('\r', ' ').replace('\n', '|');
  }

  private static Library jdk() {
    HttpClient client = HttpClient.newHttpClient();
    return url -> {
      HttpResponse<String> response =
          client.send(
              HttpRequest.newBuilder(URI.create(url)).build(),
              HttpResponse.BodyHandlers.ofString());
      return response.statusCode() + " " + response.body();
    };
  }

  private static String urlConnection(String url) throws Exception {
    HttpURLConnection connection = (HttpURLConnection) URI.create(url).toURL().openConnection();
    int status = connection.getResponseCode();
    try (InputStream in =
        status < 400 ? connection.getInputStream() : connection.getErrorStream()) {
      String body = in == null ? "" : new String(in.readAllBytes(), StandardCharsets.UTF_8);
      return status + " " + body;
    }
  }
}
