package dev.weft.instrumentation.netty;

import dev.weft.testkit.Identities;
import dev.weft.testkit.server.ServerUnderTest;
import dev.weft.testkit.server.Setup;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.http.Cookie;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.PfxOptions;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * The kit's application; knows of no mesh. Uses only what Vert.x 4 and 5 both have, so that what is
 * compiled with one links with the other.
 */
public final class VertxApplication implements ServerUnderTest {
  private static final int CHUNK = 30_000;
  private static final int IMPATIENCE_MILLIS = 300;

  private final Map<String, CountDownLatch> gates = new ConcurrentHashMap<>();
  private final Queue<String> seen = new ConcurrentLinkedQueue<>();
  private final Vertx vertx =
      Vertx.vertx(
          new VertxOptions()
              .setFileSystemOptions(
                  new FileSystemOptions()
                      .setClassPathResolvingEnabled(false)
                      .setFileCachingEnabled(false)));
  private int port;

  /** Starts it, once. */
  public void start(Setup setup) throws Exception {
    try {
      HttpServer server =
          vertx
              .createHttpServer(options(setup))
              .requestHandler(this::handle)
              .listen(0, "127.0.0.1")
              .toCompletionStage()
              .toCompletableFuture()
              .get();
      port = server.actualPort();
    } catch (Exception e) {
      close();
      throw e;
    }
  }

  private static HttpServerOptions options(Setup setup)
      throws GeneralSecurityException, IOException {
    // Else a body that waits for its 100 is waited for, even when its request is answered.
    HttpServerOptions options = new HttpServerOptions().setHandle100ContinueAutomatically(true);
    options.setHttp2ClearTextEnabled(setup.http2());
    if (setup.ownTls()) {
      ByteArrayOutputStream keys = new ByteArrayOutputStream();
      Identities.keys("orders").store(keys, Identities.password().toCharArray());
      options
          .setSsl(true)
          .setUseAlpn(false)
          .setKeyCertOptions(
              new PfxOptions()
                  .setValue(Buffer.buffer(keys.toByteArray()))
                  .setPassword(Identities.password()));
    }
    if (setup.impatient()) {
      options.setIdleTimeout(IMPATIENCE_MILLIS).setIdleTimeoutUnit(TimeUnit.MILLISECONDS);
    }
    return options;
  }

  @Override
  public int port() {
    return port;
  }

  @Override
  public void open(String gate) {
    gate(gate).countDown();
  }

  private CountDownLatch gate(String name) {
    return gates.computeIfAbsent(name, n -> new CountDownLatch(1));
  }

  @Override
  public void close() {
    vertx.close().toCompletionStage().toCompletableFuture().orTimeout(20, TimeUnit.SECONDS).join();
  }

  private void handle(HttpServerRequest request) {
    HttpServerResponse response = request.response();
    String path = path(request);
    if (!path.equals("/seen")) {
      seen.add(request.method().name() + " " + path.replace('\n', ' '));
    }
    switch (path) {
      case "/ignore" -> response.end("ignored");
      case "/ask" -> ask(response, request.getParam("in"));
      case "/seen" -> seen(response);
      case "/facts" -> {
        Buffer facts = Buffer.buffer(facts(request));
        // Which the server adds itself to all but HEAD.
        response.putHeader("Content-Length", Integer.toString(facts.length())).end(facts);
      }
      case "/upload" -> upload(request);
      case "/echo" -> request.pipeTo(response.setChunked(true));
      case "/download" -> download(response, Long.parseLong(request.getParam("bytes")));
      case "/later" -> later(response, gate(request.getParam("gate")));
      case "/empty" -> response.setStatusCode(204).end();
      case "/unchanged" -> response.setStatusCode(304).end();
      case "/throw" -> {
        // What a handler throws is logged; the client would wait for ever.
        response.setStatusCode(500).end();
        throw new IllegalStateException("thrown by the application");
      }
      case "/redirect" ->
          response
              .setStatusCode(302)
              .putHeader("Location", request.scheme() + "://" + request.authority() + "/facts")
              .end();
      case "/cookie" ->
          response.addCookie(Cookie.cookie("session", "1").setSecure(request.isSSL())).end("made");
      case "/trailers" ->
          request.endHandler(end -> response.setChunked(true).putTrailer("x-after", "all").end());
      case "/upgrade" -> upgrade(request);
      default -> response.setStatusCode(404).end();
    }
  }

  /** What cannot be decoded is left as it was sent. */
  private static String path(HttpServerRequest request) {
    String path = request.path();
    try {
      return URLDecoder.decode(path.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return path;
    }
  }

  private void ask(HttpServerResponse response, String in) {
    Callable<?> asked = (Callable<?>) System.getProperties().get("weft.kit.ask");
    Context loop = vertx.getOrCreateContext();
    Runnable answer =
        () -> {
          try {
            String said = (String) asked.call();
            // Else the next request may come before this one is over, and is put off then.
            loop.runOnContext(turn -> response.end(said));
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
        };
    switch (in) {
      case "request" -> answer.run();
      case "thread" -> new Thread(answer).start();
      default -> {
        ExecutorService pool = Executors.newSingleThreadExecutor();
        pool.execute(answer);
        pool.shutdown();
      }
    }
  }

  private void seen(HttpServerResponse response) {
    String lines = String.join("\n", seen);
    seen.clear();
    response.end(lines);
  }

  private static String facts(HttpServerRequest request) {
    StringBuilder facts = new StringBuilder();
    facts.append("scheme=").append(request.scheme()).append('\n');
    facts.append("secure=").append(request.isSSL()).append('\n');
    facts.append("url=").append(request.absoluteURI()).append('\n');
    facts.append("protocol=").append(protocol(request.version())).append('\n');
    facts.append("certificate=").append(certificate(request.sslSession())).append('\n');
    for (Map.Entry<String, String> field : request.headers()) {
      facts.append("header:").append(field.getKey().toLowerCase(Locale.ROOT));
      facts.append('=').append(field.getValue()).append('\n');
    }
    return facts.toString();
  }

  private static String protocol(HttpVersion version) {
    return version == HttpVersion.HTTP_2 ? "HTTP/2.0" : version.alpnName().toUpperCase(Locale.ROOT);
  }

  private static @Nullable Object certificate(@Nullable SSLSession session) {
    try {
      return session == null ? null : session.getPeerCertificates()[0];
    } catch (SSLPeerUnverifiedException e) {
      return null;
    }
  }

  private static void upload(HttpServerRequest request) {
    CRC32 crc = new CRC32();
    long[] total = new long[1];
    request.handler(
        part -> {
          crc.update(part.getBytes());
          total[0] += part.length();
        });
    request.endHandler(end -> request.response().end(total[0] + " " + crc.getValue()));
  }

  private void download(HttpServerResponse response, long size) {
    response.putHeader("Content-Length", Long.toString(size));
    send(response, 0, size);
  }

  /**
   * By what became of the chunk before: with several streams, Netty may not tell of all that can be
   * written again (docs/server-kit.md). Each in a turn of its own, which a fast client would have
   * for itself otherwise.
   */
  private void send(HttpServerResponse response, long at, long size) {
    if (response.closed()) {
      return;
    }
    if (at == size) {
      response.end();
      return;
    }
    byte[] chunk = new byte[(int) Math.min(CHUNK, size - at)];
    for (int i = 0; i < chunk.length; i++) {
      chunk[i] = (byte) (at + i);
    }
    response
        .write(Buffer.buffer(chunk))
        .onSuccess(written -> vertx.runOnContext(turn -> send(response, at + chunk.length, size)));
  }

  private static void later(HttpServerResponse response, CountDownLatch gate) {
    Thread thread =
        new Thread(
            () -> {
              try {
                gate.await();
                response.end("done later");
              } catch (InterruptedException | IllegalStateException e) {
                // The connection is gone.
              }
            });
    thread.setDaemon(true);
    thread.start();
  }

  private static void upgrade(HttpServerRequest request) {
    request.response().putHeader("Upgrade", "echo").putHeader("Connection", "upgrade");
    request.toNetSocket().onSuccess(socket -> socket.handler(part -> socket.write(part)));
  }
}
