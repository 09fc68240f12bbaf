package com.example.perf;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * Puts load on one server, on orders from its standard input, one a line; ends when that does.
 *
 * <p>{@code Client <jdk|url|apache|okhttp> <base URL> [<folder of TLS files>]}, then
 *
 * <ul>
 *   <li>{@code closed <callers> <seconds before> <seconds measured>}
 *   <li>{@code open <requests a second> <callers> <seconds before> <seconds measured>}
 *   <li>{@code counted <callers> <mark> <mark>…}: an {@link Outcome} for each mark
 *   <li>{@code connections <count> <resume|full>}
 *   <li>{@code tls}: calls once on a new client, and prints what was negotiated
 * </ul>
 *
 * All but the last print {@code go} when the measured time begins and an {@link Outcome} when all
 * is answered; an order that fails prints {@code failed} and the reason.
 */
public final class Client {
  private final String kind;
  private final URI base;
  private final @Nullable TlsFiles tls;

  private Client(String[] arguments) {
    this.kind = arguments[0];
    this.base = URI.create(arguments[1]);
    this.tls = arguments.length > 2 ? new TlsFiles(Path.of(arguments[2])) : null;
  }

  public static void main(String[] arguments) throws Exception {
    Client client = new Client(arguments);
    Load load = new Load(client.caller(), () -> System.out.println("go"));
    System.out.println("ready");
    BufferedReader orders =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
    for (String line = orders.readLine(); line != null; line = orders.readLine()) {
      String[] words = line.split(" ");
      System.out.println(answer(() -> client.obey(load, words)));
    }
    System.exit(0);
  }

  private static String answer(Callable<String> order) {
    try {
      return order.call();
    } catch (Exception e) {
      e.printStackTrace();
      return "failed " + e;
    }
  }

  private String obey(Load load, String[] words) throws Exception {
    return switch (words[0]) {
      case "closed" ->
          load.closed(Integer.parseInt(words[1]), seconds(words[2]), seconds(words[3])).line();
      case "open" ->
          load.open(
                  Double.parseDouble(words[1]),
                  Integer.parseInt(words[2]),
                  seconds(words[3]),
                  seconds(words[4]))
              .line();
      case "counted" ->
          load.counted(
                  Integer.parseInt(words[1]),
                  Arrays.stream(words).skip(2).map(Integer::valueOf).toList(),
                  part -> System.out.println(part.line()))
              .line();
      case "connections" ->
          load.connections(Integer.parseInt(words[1]), words[2].equals("resume")).line();
      case "tls" -> "tls " + Negotiated.during(() -> caller().call("/"));
      default -> throw new IllegalArgumentException("order: \"" + words[0] + "\"");
    };
  }

  private Caller caller() throws Exception {
    return switch (kind) {
      case "jdk" -> new JdkCaller(base, tls);
      case "url" -> new UrlCaller(base, tls);
      case "apache" -> new ApacheCaller(base, tls);
      case "okhttp" -> new OkHttpCaller(base, tls);
      default ->
          throw new IllegalArgumentException(
              "client: \"" + kind + "\" (expected: jdk, url, apache or okhttp)");
    };
  }

  private static Duration seconds(String text) {
    return Duration.ofNanos((long) (Double.parseDouble(text) * 1e9));
  }
}
