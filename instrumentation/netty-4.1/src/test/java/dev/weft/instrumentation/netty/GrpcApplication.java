package dev.weft.instrumentation.netty;

import dev.weft.testkit.Identities;
import dev.weft.testkit.TestListener;
import dev.weft.testkit.grpc.GrpcUnderTest;
import io.grpc.Attributes;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Server;
import io.grpc.ServerBuilder;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServerStreamTracer;
import io.grpc.ServerTransportFilter;
import io.grpc.Status;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import java.util.logging.Level;
import java.util.logging.Logger;
import javax.net.ssl.KeyManagerFactory;
import org.jspecify.annotations.Nullable;

/** The application on gRPC, and clients for it; knows of no mesh. Lives in the library's loader. */
public final class GrpcApplication implements GrpcUnderTest {
  private static final String SERVICE = "pkg.Service";
  private static final int LARGEST = 16 * 1024 * 1024;
  private static final long PATIENCE_SECONDS = 60;
  private static final String ECHOED = "app-";
  private static final Context.Key<Metadata> METADATA = Context.key("metadata");

  /** Kept, since loggers that nobody knows forget their levels. */
  private static final Logger GRPC_LOG = Logger.getLogger("io.grpc");

  private static final Logger NETTY_LOG = Logger.getLogger("io.netty");

  static {
    GRPC_LOG.setLevel(Level.WARNING);
    NETTY_LOG.setLevel(Level.WARNING);
  }

  private final Queue<String> seen = new ConcurrentLinkedQueue<>();
  private final Queue<String> over = new ConcurrentLinkedQueue<>();
  private final AtomicInteger connections = new AtomicInteger();
  private final Map<String, CompletableFuture<Void>> gates = new ConcurrentHashMap<>();
  private final Server server;

  public GrpcApplication() {
    ServerBuilder<?> builder =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    builder.maxInboundMessageSize(LARGEST);
    builder.addService(service());
    builder.addStreamTracerFactory(new Seeing());
    builder.addTransportFilter(
        new ServerTransportFilter() {
          @Override
          public Attributes transportReady(Attributes attributes) {
            connections.incrementAndGet();
            return attributes;
          }
        });
    builder.intercept(new Remembering());
    try {
      server = builder.build().start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private ServerServiceDefinition service() {
    return ServerServiceDefinition.builder(SERVICE)
        .addMethod(
            method("Method", MethodType.UNARY), ServerCalls.asyncUnaryCall(GrpcApplication::answer))
        .addMethod(
            method("Collect", MethodType.CLIENT_STREAMING),
            ServerCalls.asyncClientStreamingCall(Collecting::new))
        .addMethod(
            method("Spread", MethodType.SERVER_STREAMING),
            ServerCalls.asyncServerStreamingCall(GrpcApplication::spread))
        .addMethod(
            method("Chat", MethodType.BIDI_STREAMING),
            ServerCalls.asyncBidiStreamingCall(Chatting::new))
        .addMethod(
            method("Metadata", MethodType.UNARY),
            ServerCalls.asyncUnaryCall(
                (request, response) ->
                    answer(bytes(String.join("\n", lines(METADATA.get()))), response)))
        .addMethod(
            method("Fail", MethodType.UNARY),
            ServerCalls.asyncUnaryCall(
                (request, response) ->
                    response.onError(
                        Status.ABORTED
                            .withDescription(new String(request, StandardCharsets.UTF_8))
                            .asRuntimeException())))
        .addMethod(
            method("Wait", MethodType.UNARY),
            ServerCalls.asyncUnaryCall(
                (request, response) ->
                    gate(new String(request, StandardCharsets.UTF_8))
                        .thenRun(() -> answer(request, response))))
        .addMethod(
            method("Drip", MethodType.SERVER_STREAMING),
            ServerCalls.asyncServerStreamingCall((request, response) -> response.onNext(request)))
        .build();
  }

  private static void answer(byte[] response, StreamObserver<byte[]> to) {
    to.onNext(response);
    to.onCompleted();
  }

  private static void spread(byte[] request, StreamObserver<byte[]> response) {
    String[] asked = new String(request, StandardCharsets.UTF_8).split(" ");
    for (int i = 0; i < Integer.parseInt(asked[0]); i++) {
      response.onNext(new byte[Integer.parseInt(asked[1])]);
    }
    response.onCompleted();
  }

  private static final class Collecting implements StreamObserver<byte[]> {
    private final StreamObserver<byte[]> response;
    private long count;

    Collecting(StreamObserver<byte[]> response) {
      this.response = response;
    }

    @Override
    public void onNext(byte[] message) {
      count += message.length;
    }

    @Override
    public void onError(Throwable error) {}

    @Override
    public void onCompleted() {
      answer(bytes(String.valueOf(count)), response);
    }
  }

  private static final class Chatting implements StreamObserver<byte[]> {
    private final StreamObserver<byte[]> response;

    Chatting(StreamObserver<byte[]> response) {
      this.response = response;
    }

    @Override
    public void onNext(byte[] message) {
      response.onNext(message);
    }

    @Override
    public void onError(Throwable error) {}

    @Override
    public void onCompleted() {
      response.onCompleted();
    }
  }

  /** Hears of every stream, before it is known whether there is such a method. */
  private final class Seeing extends ServerStreamTracer.Factory {
    @Override
    public ServerStreamTracer newServerStreamTracer(String method, Metadata headers) {
      seen.add(method);
      return new ServerStreamTracer() {
        @Override
        public void streamClosed(Status status) {
          over.add(method + " " + status.getCode());
        }
      };
    }
  }

  /** Shows methods the metadata, and sends back the application's own. */
  private static final class Remembering implements ServerInterceptor {
    @Override
    public <A, B> ServerCall.Listener<A> interceptCall(
        ServerCall<A, B> call, Metadata headers, ServerCallHandler<A, B> next) {
      Context context = Context.current().withValue(METADATA, headers);
      return Contexts.interceptCall(context, new Echoing<>(call, headers), headers, next);
    }
  }

  private static final class Echoing<A, B> extends SimpleForwardingServerCall<A, B> {
    private final Metadata received;

    Echoing(ServerCall<A, B> call, Metadata received) {
      super(call);
      this.received = received;
    }

    @Override
    public void sendHeaders(Metadata headers) {
      copy(headers, name -> name);
      super.sendHeaders(headers);
    }

    @Override
    public void close(Status status, Metadata trailers) {
      copy(trailers, name -> "end-" + name);
      super.close(status, trailers);
    }

    private void copy(Metadata to, UnaryOperator<String> rename) {
      for (String line : lines(received)) {
        if (line.startsWith(ECHOED)) {
          int equals = line.indexOf('=');
          put(to, rename.apply(line.substring(0, equals)), line.substring(equals + 1));
        }
      }
    }
  }

  @Override
  public int port() {
    return server.getPort();
  }

  @Override
  public Queue<String> seen() {
    return seen;
  }

  @Override
  public Queue<String> over() {
    return over;
  }

  @Override
  public int connections() {
    return connections.get();
  }

  private CompletableFuture<Void> gate(String name) {
    return gates.computeIfAbsent(name, n -> new CompletableFuture<>());
  }

  @Override
  public void open(String gate) {
    gate(gate).complete(null);
  }

  @Override
  public void shutdown() {
    server.shutdown();
  }

  @Override
  public boolean terminated(Duration within) throws InterruptedException {
    return server.awaitTermination(within.toMillis(), TimeUnit.MILLISECONDS);
  }

  @Override
  public void close() {
    server.shutdownNow();
    try {
      if (!server.awaitTermination(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        throw new IllegalStateException("the server does not end");
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  // ---- the client

  @Override
  public Client plaintext() {
    return new Calling(channel().usePlaintext());
  }

  @Override
  public Client meshTls(String service) {
    NettyChannelBuilder channel = channel().sslContext(tls(service));
    ManagedChannelBuilder<?> builder = channel;
    builder.overrideAuthority(TestListener.SNI);
    return new Calling(builder);
  }

  private NettyChannelBuilder channel() {
    return NettyChannelBuilder.forAddress(
        new InetSocketAddress(InetAddress.getLoopbackAddress(), server.getPort()));
  }

  private static SslContext tls(String service) {
    try {
      KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
      keys.init(Identities.keys(service), Identities.password().toCharArray());
      return GrpcSslContexts.configure(SslContextBuilder.forClient(), SslProvider.JDK)
          .protocols("TLSv1.3")
          .keyManager(keys)
          .trustManager(InsecureTrustManagerFactory.INSTANCE)
          .build();
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static final class Calling implements Client {
    private final ManagedChannel channel;

    Calling(ManagedChannelBuilder<?> builder) {
      this.channel = builder.maxInboundMessageSize(LARGEST).build();
    }

    @Override
    public Call call(@Nullable Duration deadline, String method, String... metadata) {
      CallOptions options = CallOptions.DEFAULT;
      if (deadline != null) {
        options = options.withDeadlineAfter(deadline.toMillis(), TimeUnit.MILLISECONDS);
      }
      Metadata headers = new Metadata();
      for (String line : metadata) {
        int equals = line.indexOf('=');
        put(headers, line.substring(0, equals), line.substring(equals + 1));
      }
      return new Called(channel.newCall(method(method, MethodType.UNKNOWN), options), headers);
    }

    @Override
    public void close() {
      channel.shutdownNow();
      try {
        if (!channel.awaitTermination(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
          throw new IllegalStateException("the client does not end");
        }
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  private static final class Called extends ClientCall.Listener<byte[]> implements Call {
    private static final byte[] END = {};

    private final ClientCall<byte[], byte[]> call;
    private final LinkedBlockingQueue<byte[]> messages = new LinkedBlockingQueue<>();
    private final CompletableFuture<Outcome> outcome = new CompletableFuture<>();
    private volatile List<String> first = List.of();

    Called(ClientCall<byte[], byte[]> call, Metadata headers) {
      this.call = call;
      call.start(this, headers);
      call.request(1);
    }

    @Override
    public void onHeaders(Metadata headers) {
      first = lines(headers);
    }

    @Override
    public void onMessage(byte[] message) {
      messages.add(message);
      call.request(1);
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      messages.add(END);
      outcome.complete(
          new Outcome(
              status.getCode().name(),
              status.getDescription(),
              new ArrayList<>(),
              first,
              lines(trailers)));
    }

    @Override
    public Call send(byte[] message) {
      call.sendMessage(message);
      return this;
    }

    @Override
    public Call end() {
      call.halfClose();
      return this;
    }

    @Override
    public void cancel() {
      call.cancel("cancelled by the test", null);
    }

    @Override
    public byte @Nullable [] read() {
      try {
        byte[] next = messages.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
        if (next == null) {
          throw new IllegalStateException("neither a message nor an end");
        }
        if (next == END) {
          messages.add(END);
          return null;
        }
        return next;
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public Outcome outcome() {
      try {
        Outcome end = outcome.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        for (byte[] each = read(); each != null; each = read()) {
          end.messages().add(each);
        }
        return end;
      } catch (InterruptedException | ExecutionException | TimeoutException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  // ---- what both have

  private static MethodDescriptor<byte[], byte[]> method(String name, MethodType type) {
    return MethodDescriptor.<byte[], byte[]>newBuilder()
        .setType(type)
        .setFullMethodName(SERVICE + "/" + name)
        .setRequestMarshaller(new Bytes())
        .setResponseMarshaller(new Bytes())
        .build();
  }

  private static final class Bytes implements MethodDescriptor.Marshaller<byte[]> {
    @Override
    public InputStream stream(byte[] message) {
      return new ByteArrayInputStream(message);
    }

    @Override
    public byte[] parse(InputStream message) {
      try {
        return message.readAllBytes();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static void put(Metadata to, String name, String value) {
    if (name.endsWith(Metadata.BINARY_HEADER_SUFFIX)) {
      to.put(
          Metadata.Key.of(name, Metadata.BINARY_BYTE_MARSHALLER),
          value.getBytes(StandardCharsets.ISO_8859_1));
    } else {
      to.put(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER), value);
    }
  }

  private static List<String> lines(Metadata metadata) {
    List<String> lines = new ArrayList<>();
    for (String name : metadata.keys()) {
      if (name.endsWith(Metadata.BINARY_HEADER_SUFFIX)) {
        for (byte[] value :
            metadata.getAll(Metadata.Key.of(name, Metadata.BINARY_BYTE_MARSHALLER))) {
          lines.add(name + "=" + new String(value, StandardCharsets.ISO_8859_1));
        }
      } else {
        for (String value :
            metadata.getAll(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER))) {
          lines.add(name + "=" + value);
        }
      }
    }
    return lines;
  }
}
