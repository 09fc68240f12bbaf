package dev.weft.coordinator.admin;

import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.common.SessionProtocol;
import com.linecorp.armeria.common.TlsKeyPair;
import com.linecorp.armeria.common.metric.NoopMeterRegistry;
import com.linecorp.armeria.common.util.EventLoopGroups;
import com.linecorp.armeria.common.util.TlsEngineType;
import com.linecorp.armeria.server.Server;
import com.linecorp.armeria.server.ServerBuilder;
import com.linecorp.armeria.server.ServerErrorHandler;
import com.linecorp.armeria.server.ServiceConfig;
import com.linecorp.armeria.server.ServiceRequestContext;
import dev.weft.coordinator.AuditView;
import dev.weft.coordinator.CaAdmin;
import dev.weft.coordinator.RegistryView;
import dev.weft.coordinator.RevocationAdmin;
import dev.weft.coordinator.TokenAdmin;
import dev.weft.coordinator.config.ConfigStore;
import dev.weft.policy.Problem;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.io.InputStream;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** The admin listener. */
public final class AdminServer implements AutoCloseable {
  /** Longest body of a request, in bytes; a longer one is refused before it is read. */
  static final int MAX_BODY = 1 << 20;

  private static final int MAX_CONNECTIONS = 512;
  private static final int BLOCKING_THREADS = 8;
  private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(60);
  private static final Duration IDLE_TIMEOUT = Duration.ofSeconds(60);
  private static final Duration SHUTDOWN = Duration.ofSeconds(2);

  private final Server server;
  private final EventLoopGroup eventLoops;
  private final String scheme;
  private final String host;

  private AdminServer(Server server, EventLoopGroup eventLoops, String scheme, String host) {
    this.server = server;
    this.eventLoops = eventLoops;
    this.scheme = scheme;
    this.host = host;
  }

  /**
   * Starts to listen.
   *
   * @throws IOException if the address cannot be bound, or would be open to the network without
   *     TLS; or if the admin token or the certificate cannot be used; the message says which and
   *     why
   */
  public static AdminServer start(
      AdminOptions options,
      ConfigStore config,
      RegistryView registry,
      TokenAdmin tokens,
      CaAdmin authority,
      RevocationAdmin revocations,
      AuditView audit,
      InstantSource clock)
      throws IOException {
    InetAddress address = check(options);
    AdminOptions.Tls tls = options.tls();
    AdminToken token = AdminToken.loadOrCreate(options.home());
    List<String> names = new ArrayList<>(List.of(options.host(), address.getHostAddress()));
    ServerBuilder builder = Server.builder();
    EventLoopGroup eventLoops = EventLoopGroups.newEventLoopGroup(2, "weft-admin", true);
    InetSocketAddress bind = new InetSocketAddress(address, options.port());
    if (tls == null) {
      builder.port(bind, SessionProtocol.HTTP);
    } else {
      names.addAll(namesIn(tls.certificate()));
      builder.port(bind, SessionProtocol.HTTPS);
      builder.tlsEngineType(TlsEngineType.JDK);
      try {
        builder.tls(TlsKeyPair.of(tls.key().toFile(), tls.certificate().toFile()));
      } catch (IllegalArgumentException e) {
        throw new IOException(
            tls.key() + ": not the key of " + tls.certificate() + " (expected: PKCS#8 PEM)", e);
      }
    }
    AtomicInteger port = new AtomicInteger();
    AdminApi api =
        new AdminApi(
            config,
            registry,
            tokens,
            authority,
            revocations,
            audit,
            clock,
            nonce -> token.proof(port.get(), nonce));
    AdminService service = new AdminService(api.router(), api.metrics(), token, new Hosts(names));
    builder
        .serviceUnder("/", service)
        .decorator(new UnderWay())
        .errorHandler(new Errors())
        .maxRequestLength(MAX_BODY)
        .requestTimeout(REQUEST_TIMEOUT)
        .idleTimeout(IDLE_TIMEOUT)
        .maxNumConnections(MAX_CONNECTIONS)
        .http2MaxStreamsPerConnection(UnderWay.MOST)
        .workerGroup(eventLoops, false)
        .disableServerHeader()
        // Metrics are our own; and what fails is logged where it is turned into an answer.
        .meterRegistry(NoopMeterRegistry.get())
        .unloggedExceptionsReportInterval(Duration.ZERO)
        .blockingTaskExecutor(BLOCKING_THREADS)
        .gracefulShutdownTimeout(Duration.ZERO, SHUTDOWN);
    Server server = builder.build();
    try {
      server.start().join();
    } catch (CompletionException e) {
      stop(eventLoops);
      throw cannotBind(options, e.getCause() == null ? e : e.getCause());
    }
    AdminServer started =
        new AdminServer(server, eventLoops, tls == null ? "http" : "https", options.host());
    port.set(started.port());
    return started;
  }

  /**
   * Whether it may listen there at all, before anything else is started.
   *
   * @return the address
   * @throws IOException if the host is unknown, or open to the network without TLS
   */
  public static InetAddress check(AdminOptions options) throws IOException {
    InetAddress address;
    try {
      address = InetAddress.getByName(options.host());
    } catch (UnknownHostException e) {
      throw new IOException(
          "admin address " + options.host() + " is unknown (expected: HOST:PORT)", e);
    }
    if (options.tls() == null && !address.isLoopbackAddress()) {
      throw new IOException(
          "admin address "
              + options.host()
              + " is not loopback, and there is no certificate (expected: 127.0.0.1, or"
              + " --admin-tls-cert and --admin-tls-key: the admin token must not cross a network in"
              + " plaintext)");
    }
    return address;
  }

  /** The port that it listens on. */
  public int port() {
    return Objects.requireNonNull(server.activePort()).localAddress().getPort();
  }

  /** Such as {@code http://127.0.0.1:7470}. */
  public String address() {
    String literal = host.contains(":") && !host.startsWith("[") ? "[" + host + "]" : host;
    return scheme + "://" + literal + ":" + port();
  }

  /** Stops to listen; requests that are being answered have two seconds. */
  @Override
  public void close() {
    server.stop().join();
    stop(eventLoops);
  }

  /** At once: the library's own way waits for two quiet seconds. */
  private static void stop(EventLoopGroup eventLoops) {
    eventLoops.shutdownGracefully(0, SHUTDOWN.toMillis(), TimeUnit.MILLISECONDS);
  }

  private static IOException cannotBind(AdminOptions options, Throwable cause) {
    String where = options.host() + ":" + options.port();
    return cause instanceof BindException || cause.getCause() instanceof BindException
        ? new IOException(
            "admin address "
                + where
                + " is in use: is another coordinator running? (--admin"
                + " HOST:PORT chooses another)",
            cause)
        : new IOException("admin address " + where + ": " + cause, cause);
  }

  /** The DNS names and addresses that a certificate is for: those that clients may ask for. */
  private static List<String> namesIn(Path certificate) throws IOException {
    List<String> names = new ArrayList<>();
    try (InputStream in = Files.newInputStream(certificate)) {
      X509Certificate leaf =
          (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
      Collection<List<?>> alternatives = leaf.getSubjectAlternativeNames();
      if (alternatives != null) {
        for (List<?> alternative : alternatives) {
          boolean dnsOrAddress = alternative.get(0).equals(2) || alternative.get(0).equals(7);
          if (dnsOrAddress) {
            names.add(String.valueOf(alternative.get(1)));
          }
        }
      }
      return names;
    } catch (CertificateException e) {
      throw new IOException(certificate + ": no certificate (expected: PEM): " + e.getMessage(), e);
    }
  }

  /** What goes wrong outside of the service is told in the same form. */
  private static final class Errors implements ServerErrorHandler {
    @Override
    public HttpResponse onServiceException(ServiceRequestContext ctx, Throwable cause) {
      return AdminService.http(AdminService.problem(cause).reply(), false);
    }

    @Override
    public AggregatedHttpResponse renderStatus(
        @Nullable ServiceRequestContext ctx,
        ServiceConfig config,
        @Nullable RequestHeaders headers,
        HttpStatus status,
        @Nullable String description,
        @Nullable Throwable cause) {
      Reply reply = problem(status, description).reply();
      return AggregatedHttpResponse.of(AdminService.headers(reply), HttpData.wrap(reply.body()));
    }

    private static ProblemException problem(HttpStatus status, @Nullable String description) {
      if (status.code() == 413) {
        return new ProblemException(ProblemException.Kind.TOO_LARGE, AdminService.TOO_LARGE);
      }
      if (status.code() == 400 && "Invalid request path".equals(description)) {
        // Refused by the library before routing, which does not hand out what it could not read.
        return ProblemException.of(
            ProblemException.Kind.BAD_REQUEST,
            Problem.wrong(
                "path", "cannot be read", "a path and a query, percent-encoded (RFC 3986)"));
      }
      return ProblemException.ofStatus(
          status.code(), description == null ? status.reasonPhrase() : description);
    }
  }
}
