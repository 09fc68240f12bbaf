package dev.weft.testkit.client;

import dev.weft.testkit.Origin;
import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A server on loopback that does to each request what it is told, and counts. */
public interface KitServer extends Closeable {
  int port();

  /** Every request that arrived whole, in order. */
  List<Seen> requests();

  /** How many connections were accepted. */
  int connections();

  /** Decides about every request from now on. */
  void answer(Function<Seen, Answer> decision);

  /**
   * HTTP/1.1.
   *
   * @param identity the service whose certificate it shows; null for plaintext
   */
  static KitServer http1(@Nullable String identity) throws IOException {
    Origin origin = new Origin(identity);
    KitServer server = new OverOrigin(origin);
    server.answer(seen -> Answer.ok("ok"));
    return server;
  }

  /** {@link Origin} as a server of the kit. */
  record OverOrigin(Origin origin) implements KitServer {
    private static Seen seen(Origin.Request request) {
      return new Seen(
          request.method(),
          request.target(),
          request.headers().getOrDefault("host", ""),
          request.headers(),
          request.body());
    }

    @Override
    public int port() {
      return origin.port();
    }

    @Override
    public List<Seen> requests() {
      return origin.requests().stream().map(OverOrigin::seen).toList();
    }

    @Override
    public int connections() {
      return origin.connections();
    }

    @Override
    public void answer(Function<Seen, Answer> decision) {
      origin.script(
          (request, connection, out) -> {
            Answer answer = decision.apply(seen(request));
            switch (answer.kind()) {
              case REPLY -> {
                String[] lines = new String[answer.headers().length / 2];
                for (int i = 0; i < lines.length; i++) {
                  lines[i] = answer.headers()[2 * i] + ": " + answer.headers()[2 * i + 1];
                }
                Origin.reply(
                    out,
                    answer.status(),
                    "HEAD".equals(request.method()) ? "" : answer.body(),
                    lines);
              }
              case HANG_UP -> connection.close();
              case STALL -> {}
              case REFUSE -> throw new IOException("HTTP/1.1 has no such thing");
            }
          });
    }

    @Override
    public void close() throws IOException {
      origin.close();
    }
  }
}
