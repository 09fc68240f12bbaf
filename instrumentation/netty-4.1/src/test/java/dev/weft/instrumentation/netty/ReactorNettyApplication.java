package dev.weft.instrumentation.netty;

import dev.weft.testkit.Identities;
import dev.weft.testkit.server.ServerUnderTest;
import dev.weft.testkit.server.Setup;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.handler.codec.http.cookie.Cookie;
import io.netty.handler.codec.http.cookie.DefaultCookie;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.zip.CRC32;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.core.scheduler.Schedulers;
import reactor.netty.ByteBufFlux;
import reactor.netty.DisposableServer;
import reactor.netty.NettyOutbound;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import reactor.netty.resources.LoopResources;
import reactor.util.Loggers;

/** The kit's application on Reactor Netty; knows of no mesh. Lives in the library's loader. */
public final class ReactorNettyApplication implements Function<Setup, ServerUnderTest> {
  private static final Duration IMPATIENT = Duration.ofMillis(300);
  private static final Duration CARELESS = Duration.ofSeconds(3);
  private static final Duration STOP = Duration.ofSeconds(10);
  private static final int CHUNK = 10_000;

  /** Kept, since loggers that nobody knows forget their levels. */
  private static final Logger REACTOR_LOG = Logger.getLogger("reactor");

  private static final Logger NETTY_LOG = Logger.getLogger("io.netty");

  static {
    // The tests make them complain of nearly everything; but of leaks Netty complains severely.
    Loggers.useJdkLoggers();
    REACTOR_LOG.setLevel(Level.OFF);
    NETTY_LOG.setLevel(Level.SEVERE);
  }

  private static final String LATER = "done later";

  private final Map<String, CountDownLatch> gates = new ConcurrentHashMap<>();
  private final Queue<String> seen = new ConcurrentLinkedQueue<>();

  @Override
  public ServerUnderTest apply(Setup setup) {
    // Its own, since only the end of their loops ends connections.
    LoopResources loops = LoopResources.create("reactor-netty-under-test", 1, 2, true);
    HttpServer server =
        HttpServer.create().host("127.0.0.1").port(0).runOn(loops).handle(this::handle);
    if (setup.http2()) {
      server = server.protocol(HttpProtocol.HTTP11, HttpProtocol.H2C);
    }
    if (setup.ownTls()) {
      SslContext tls = tls();
      server = server.secure(spec -> spec.sslContext(tls));
    }
    if (setup.impatient()) {
      server = server.idleTimeout(IMPATIENT);
    } else if (setup.careless()) {
      // What was sent as an unread body is dropped, and its connection waits for the next request.
      server = server.idleTimeout(CARELESS);
    }
    DisposableServer bound = server.bindNow();
    return new ServerUnderTest() {
      @Override
      public int port() {
        return bound.port();
      }

      @Override
      public void open(String gate) {
        gate(gate).countDown();
      }

      @Override
      public void close() {
        bound.disposeNow();
        loops.disposeLater(Duration.ZERO, STOP).block(STOP);
      }
    };
  }

  private static SslContext tls() {
    try {
      KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
      keys.init(Identities.keys("orders"), Identities.password().toCharArray());
      return SslContextBuilder.forServer(keys).sslProvider(SslProvider.JDK).build();
    } catch (GeneralSecurityException | SSLException e) {
      throw new IllegalStateException(e);
    }
  }

  private CountDownLatch gate(String name) {
    return gates.computeIfAbsent(name, n -> new CountDownLatch(1));
  }

  private Publisher<Void> handle(HttpServerRequest request, HttpServerResponse response) {
    String path = request.fullPath();
    if (!path.equals("/seen")) {
      seen.add(request.method().name() + " " + path.replace('\n', ' '));
    }
    return switch (path) {
      case "/facts" -> text(response, facts(request));
      case "/upload" -> upload(request, response);
      case "/echo" -> response.send(request.receive().retain());
      case "/download" -> download(response, Long.parseLong(parameter(request, "bytes")));
      case "/later" -> later(request, response);
      case "/empty" -> response.status(204).send();
      case "/unchanged" -> response.status(304).send();
      case "/throw" -> throw new IllegalStateException("thrown by the application");
      case "/redirect" -> response.sendRedirect("/facts");
      case "/cookie" -> text(response.addCookie(session(request)), "made");
      case "/websocket" -> response.sendWebsocket((in, out) -> out.send(in.receive().retain()));
      case "/ignore" -> text(response, "ignored");
      case "/ask" -> text(response, ask(parameter(request, "in")));
      case "/seen" -> seen(response);
      default -> response.sendNotFound();
    };
  }

  private static NettyOutbound text(HttpServerResponse response, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return response
        .header(HttpHeaderNames.CONTENT_LENGTH, Integer.toString(bytes.length))
        .sendByteArray(Mono.just(bytes));
  }

  private static String parameter(HttpServerRequest request, String name) {
    return new QueryStringDecoder(request.uri()).parameters().get(name).get(0);
  }

  private static String facts(HttpServerRequest request) {
    HttpHeaders headers = request.requestHeaders();
    StringBuilder facts = new StringBuilder();
    facts.append("scheme=").append(request.scheme()).append('\n');
    facts.append("secure=").append(tls(request) != null).append('\n');
    facts.append("url=").append(request.scheme()).append("://");
    facts.append(headers.get(HttpHeaderNames.HOST)).append(request.fullPath()).append('\n');
    facts.append("protocol=").append(protocol(request)).append('\n');
    facts.append("certificate=").append(certificate(tls(request))).append('\n');
    headers.forEach(
        field -> {
          String name = field.getKey().toLowerCase(Locale.ROOT);
          // Netty's own, of what HTTP/1.1 has elsewhere.
          if (!name.startsWith("x-http2-")) {
            facts.append("header:").append(name).append('=').append(field.getValue()).append('\n');
          }
        });
    return facts.toString();
  }

  /** {@link HttpServerRequest#protocol} of 1.0.39 says {@code HTTP/1.1} of streams too. */
  private static String protocol(HttpServerRequest request) {
    boolean[] stream = new boolean[1];
    request.withConnection(
        connection -> stream[0] = connection.channel() instanceof Http2StreamChannel);
    return stream[0] ? "HTTP/2.0" : request.protocol();
  }

  /** As Spring's {@code ReactorServerHttpRequest} looks for it: a stream's is its connection's. */
  private static @Nullable SslHandler tls(HttpServerRequest request) {
    SslHandler[] found = new SslHandler[1];
    request.withConnection(
        connection -> {
          found[0] = connection.channel().pipeline().get(SslHandler.class);
          if (found[0] == null && connection.channel().parent() != null) {
            found[0] = connection.channel().parent().pipeline().get(SslHandler.class);
          }
        });
    return found[0];
  }

  private static @Nullable Object certificate(@Nullable SslHandler tls) {
    try {
      return tls == null ? null : tls.engine().getSession().getPeerCertificates()[0];
    } catch (SSLPeerUnverifiedException e) {
      return null;
    }
  }

  private static Cookie session(HttpServerRequest request) {
    Cookie cookie = new DefaultCookie("session", "1");
    cookie.setSecure(request.scheme().equals("https"));
    return cookie;
  }

  private static Publisher<Void> upload(HttpServerRequest request, HttpServerResponse response) {
    CRC32 crc = new CRC32();
    long[] total = new long[1];
    return request
        .receive()
        .doOnNext(
            data -> {
              total[0] += data.readableBytes();
              crc.update(data.nioBuffer());
            })
        .then(Mono.defer(() -> text(response, total[0] + " " + crc.getValue()).then()));
  }

  private static Publisher<Void> download(HttpServerResponse response, long size) {
    Flux<ByteBuf> chunks =
        Flux.generate(
            () -> 0L,
            (at, sink) -> {
              if (at == size) {
                sink.complete();
                return at;
              }
              byte[] chunk = new byte[(int) Math.min(CHUNK, size - at)];
              for (int i = 0; i < chunk.length; i++) {
                chunk[i] = (byte) (at + i);
              }
              sink.next(response.alloc().buffer(chunk.length).writeBytes(chunk));
              return at + chunk.length;
            });
    return response
        .header(HttpHeaderNames.CONTENT_LENGTH, Long.toString(size))
        .send(ByteBufFlux.fromInbound(chunks, response.alloc()));
  }

  private Publisher<Void> later(HttpServerRequest request, HttpServerResponse response) {
    CountDownLatch gate = gate(parameter(request, "gate"));
    Mono<String> done =
        Mono.create(
            sink -> {
              Thread thread = new Thread(() -> finish(gate, sink));
              thread.setDaemon(true);
              sink.onCancel(thread::interrupt);
              thread.start();
            });
    AtomicReference<Executor> loop = new AtomicReference<>();
    response.withConnection(connection -> loop.set(connection.channel().eventLoop()));
    // Of what another thread completes 1.3.6 and 1.3.7 now and then send nothing, woven or not.
    return done.publishOn(Schedulers.fromExecutor(loop.get()))
        .flatMap(text -> text(response, text).then());
  }

  private static void finish(CountDownLatch gate, MonoSink<String> sink) {
    try {
      gate.await();
      sink.success(LATER);
    } catch (InterruptedException e) {
      // Nobody waits for it any more.
    }
  }

  private static String ask(String in) {
    Callable<?> asked = (Callable<?>) System.getProperties().get("weft.kit.ask");
    FutureTask<?> task = new FutureTask<>(asked);
    if (in.equals("request")) {
      task.run();
    } else if (in.equals("thread")) {
      new Thread(task).start();
    } else {
      ExecutorService pool = Executors.newSingleThreadExecutor();
      pool.execute(task);
      pool.shutdown();
    }
    try {
      return (String) task.get();
    } catch (InterruptedException | ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  private NettyOutbound seen(HttpServerResponse response) {
    String lines = String.join("\n", seen);
    seen.clear();
    return text(response, lines);
  }
}
