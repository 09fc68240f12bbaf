package dev.weft.instrumentation.apachehttpclient5;

import dev.weft.testkit.client.Scenes;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.HttpRequestRetryStrategy;
import org.apache.hc.client5.http.HttpRoute;
import org.apache.hc.client5.http.auth.AuthScope;
import org.apache.hc.client5.http.auth.UsernamePasswordCredentials;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.classic.methods.HttpPost;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.client5.http.impl.auth.BasicCredentialsProvider;
import org.apache.hc.client5.http.impl.cache.CachingHttpClients;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.CloseableHttpResponse;
import org.apache.hc.client5.http.impl.classic.FutureRequestExecutionService;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.BasicHttpClientConnectionManager;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManager;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.client5.http.io.HttpClientConnectionOperator;
import org.apache.hc.client5.http.io.ManagedHttpClientConnection;
import org.apache.hc.client5.http.protocol.HttpClientContext;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.HttpRequest;
import org.apache.hc.core5.http.HttpResponse;
import org.apache.hc.core5.http.io.HttpClientResponseHandler;
import org.apache.hc.core5.http.io.SocketConfig;
import org.apache.hc.core5.http.io.entity.EntityUtils;
import org.apache.hc.core5.http.io.entity.InputStreamEntity;
import org.apache.hc.core5.http.io.entity.StringEntity;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.apache.hc.core5.util.TimeValue;

/** What applications do with the library beyond the contract; loaded beside each version. */
public final class Application implements Scenes {
  private static final HttpClientResponseHandler<String> TEXT =
      response ->
          response.getCode()
              + " "
              + (response.getEntity() == null ? "" : EntityUtils.toString(response.getEntity()));

  /** Knows no host. */
  static final DnsResolver NOBODY =
      new DnsResolver() {
        @Override
        public InetAddress[] resolve(String host) throws UnknownHostException {
          throw new UnknownHostException(host);
        }

        @Override
        public String resolveCanonicalHostname(String host) throws UnknownHostException {
          throw new UnknownHostException(host);
        }
      };

  /** Wants two more attempts. */
  static final class Thrice implements HttpRequestRetryStrategy {
    final AtomicInteger asked = new AtomicInteger();

    @Override
    public boolean retryRequest(
        HttpRequest request, IOException error, int count, HttpContext context) {
      return asked.incrementAndGet() < 3;
    }

    @Override
    public boolean retryRequest(HttpResponse response, int count, HttpContext context) {
      return response.getCode() == 503 && asked.incrementAndGet() < 3;
    }

    @Override
    public TimeValue getRetryInterval(HttpResponse response, int count, HttpContext context) {
      return TimeValue.ZERO_MILLISECONDS;
    }
  }

  /** Looks at each connection before it is used again. */
  private final CloseableHttpClient checking =
      HttpClients.custom().setConnectionManager(pool()).build();

  /** Made by reflection. */
  public Application() {}

  @Override
  public Object play(String scene, String url) {
    try {
      return switch (scene) {
        case "shared manager" -> sharedManager(url);
        case "own planner" -> ownPlanner(url);
        case "proxy" -> proxy(url);
        case "resolver" -> resolver(url);
        case "target" -> target(url);
        case "context" -> context(url);
        case "strategy" -> strategy(url);
        case "handler" -> handler(url);
        case "future" -> future(url);
        case "give up future" -> giveUpFuture(url);
        case "cache" -> cache(url);
        case "credentials" -> credentials(url);
        case "own connections" -> ownOperator(url);
        case "post" -> post(url);
        case "busy pool" -> busyPool(url);
        case "stream" -> stream(url);
        case "interrupt" -> interrupt(url);
        case "broken interceptor" -> interceptor(url, false);
        case "erring interceptor" -> interceptor(url, true);
        default -> throw new IllegalArgumentException(scene);
      };
    } catch (Exception e) {
      return e;
    }
  }

  private static PoolingHttpClientConnectionManager pool() {
    return PoolingHttpClientConnectionManagerBuilder.create()
        .setValidateAfterInactivity(TimeValue.ZERO_MILLISECONDS)
        .build();
  }

  /** Of the requests that it sends, an interceptor makes nothing. */
  private static Object interceptor(String url, boolean error) throws IOException {
    try (CloseableHttpClient client =
        HttpClients.custom()
            .addRequestInterceptorLast(
                (request, entity, context) -> {
                  if (error) {
                    throw new AssertionError("of the application");
                  }
                  throw new IOException("no token for the request");
                })
            .build()) {
      return client.execute(new HttpGet(url), TEXT);
    } catch (AssertionError e) {
      return e.getMessage();
    }
  }

  private static Object sharedManager(String url) throws IOException {
    try (PoolingHttpClientConnectionManager pool = pool()) {
      CloseableHttpClient one =
          HttpClients.custom().setConnectionManager(pool).setConnectionManagerShared(true).build();
      CloseableHttpClient other =
          HttpClients.custom().setConnectionManager(pool).setConnectionManagerShared(true).build();
      HttpClientContext context = HttpClientContext.create();
      for (int i = 0; i < 10; i++) {
        one.execute(new HttpGet(url), context, TEXT);
        other.execute(new HttpGet(url), TEXT);
      }
      one.close();
      other.close();
      return List.of(
          pool.getTotalStats().getAvailable(),
          String.valueOf(context.getUserToken()),
          String.valueOf(context.getSSLSession()));
    }
  }

  private static Object ownPlanner(String url) throws IOException {
    try (CloseableHttpClient client =
        HttpClients.custom()
            .setRoutePlanner((host, context) -> new HttpRoute(host, null, false))
            .build()) {
      return client.execute(new HttpGet(url), TEXT);
    }
  }

  private static Object proxy(String url) throws IOException {
    try (CloseableHttpClient client =
        HttpClients.custom().setProxy(new HttpHost("http", "127.0.0.1", 1)).build()) {
      HttpClientContext context = HttpClientContext.create();
      return client.execute(new HttpGet(url), context, TEXT);
    }
  }

  private static Object resolver(String url) throws IOException {
    try (CloseableHttpClient client =
        HttpClients.custom()
            .setConnectionManager(
                PoolingHttpClientConnectionManagerBuilder.create().setDnsResolver(NOBODY).build())
            .build()) {
      return client.execute(new HttpGet(url), TEXT);
    }
  }

  private static Object target(String url) throws IOException {
    URI uri = URI.create(url);
    try (CloseableHttpClient client = HttpClients.createDefault()) {
      return client.execute(
          new HttpHost(uri.getScheme(), uri.getHost(), uri.getPort()),
          new HttpGet(uri.getRawPath()),
          TEXT);
    }
  }

  private static Object context(String url) throws Exception {
    List<String> seen = new ArrayList<>();
    try (CloseableHttpClient client =
        HttpClients.custom()
            .addRequestInterceptorLast(
                (request, entity, context) ->
                    seen.add(
                        HttpClientContext.adapt(context).getHttpRoute().getTargetHost().toString()))
            .build()) {
      HttpClientContext context = HttpClientContext.create();
      client.execute(new HttpGet(url), context, TEXT);
      seen.add(context.getHttpRoute().getTargetHost().toString());
      seen.add(context.getRequest().getUri().toString());
      seen.add(String.valueOf(context.getSSLSession()));
      seen.add(String.valueOf(context.getAttribute("dev.weft.connecting")));
      seen.add(String.valueOf(context.getAttribute("dev.weft.led")));
      return seen;
    }
  }

  private static Object strategy(String url) throws IOException {
    Thrice strategy = new Thrice();
    try (CloseableHttpClient client = HttpClients.custom().setRetryStrategy(strategy).build()) {
      String last;
      try {
        last = client.execute(new HttpGet(url), TEXT);
      } catch (IOException e) {
        last = "no answer";
      }
      return List.of(last, strategy.asked.get());
    }
  }

  private static Object handler(String url) throws IOException {
    List<Integer> seen = new ArrayList<>();
    HttpPost request = new HttpPost(url);
    request.setEntity(new StringEntity("100 EUR"));
    try (CloseableHttpClient client = HttpClients.createDefault()) {
      client.execute(
          request,
          response -> {
            seen.add(response.getCode());
            return TEXT.handleResponse(response);
          });
    }
    return seen;
  }

  private static Object future(String url) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try (FutureRequestExecutionService service =
        new FutureRequestExecutionService(HttpClients.createDefault(), threads)) {
      return service.execute(new HttpGet(url), HttpClientContext.create(), TEXT).get();
    }
  }

  private static Object giveUpFuture(String url) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(1);
    try (FutureRequestExecutionService service =
        new FutureRequestExecutionService(HttpClients.createDefault(), threads)) {
      HttpGet request = new HttpGet(url);
      Future<String> task = service.execute(request, HttpClientContext.create(), TEXT);
      request.cancel();
      try {
        return task.get();
      } finally {
        // Whoever runs next on this thread must not be interrupted.
        if (threads.submit(() -> Thread.currentThread().isInterrupted()).get()) {
          throw new IllegalStateException("the thread is still interrupted");
        }
      }
    }
  }

  private static Object cache(String url) throws IOException {
    try (CloseableHttpClient client = CachingHttpClients.createMemoryBound()) {
      return List.of(
          client.execute(new HttpGet(url), TEXT), client.execute(new HttpGet(url), TEXT));
    }
  }

  private static Object credentials(String url) throws IOException {
    BasicCredentialsProvider credentials = new BasicCredentialsProvider();
    credentials.setCredentials(
        new AuthScope(null, -1), new UsernamePasswordCredentials("me", "secret".toCharArray()));
    try (CloseableHttpClient client =
        HttpClients.custom().setDefaultCredentialsProvider(credentials).build()) {
      return client.execute(new HttpGet(url), TEXT);
    }
  }

  /** Connects by itself. */
  private static final class Operator implements HttpClientConnectionOperator {
    @Override
    public void connect(
        ManagedHttpClientConnection connection,
        HttpHost host,
        InetSocketAddress local,
        TimeValue timeout,
        SocketConfig config,
        HttpContext context)
        throws IOException {
      connection.bind(new Socket(host.getAddress(), host.getPort()));
    }

    @Override
    public void upgrade(
        ManagedHttpClientConnection connection, HttpHost host, HttpContext context) {
      throw new UnsupportedOperationException();
    }
  }

  private static Object ownOperator(String url) throws IOException {
    try (CloseableHttpClient client =
        HttpClients.custom()
            .setConnectionManager(new BasicHttpClientConnectionManager(new Operator(), null))
            .build()) {
      return client.execute(new HttpGet(url), TEXT);
    }
  }

  private Object post(String url) throws IOException {
    HttpPost request = new HttpPost(url);
    request.setEntity(new InputStreamEntity(new ByteArrayInputStream(new byte[] {'x'}), null));
    return checking.execute(request, TEXT);
  }

  /** The one connection that there may be is busy. */
  private static Object busyPool(String url) throws Exception {
    PoolingHttpClientConnectionManager pool =
        PoolingHttpClientConnectionManagerBuilder.create()
            .setMaxConnTotal(1)
            .setMaxConnPerRoute(1)
            .build();
    try (CloseableHttpClient client = HttpClients.custom().setConnectionManager(pool).build()) {
      try (CloseableHttpResponse first = client.execute(new HttpGet(url))) {
        String second = client.execute(new HttpGet(url), TEXT);
        EntityUtils.consume(first.getEntity());
        return second;
      }
    }
  }

  private static Object stream(String url) throws IOException {
    HttpPost request = new HttpPost(url);
    byte[] body = "stream".getBytes(StandardCharsets.UTF_8);
    request.setEntity(new InputStreamEntity(new ByteArrayInputStream(body), null));
    try (CloseableHttpClient client = HttpClients.createDefault()) {
      return client.execute(request, TEXT);
    }
  }

  /** An interrupt of the application's own stays one. */
  private static Object interrupt(String url) throws Exception {
    CountDownLatch done = new CountDownLatch(1);
    List<Object> seen = new ArrayList<>();
    Thread thread =
        new Thread(
            () -> {
              try (CloseableHttpClient client = HttpClients.createDefault()) {
                Thread.currentThread().interrupt();
                HttpUriRequestBase request = new HttpGet(url);
                seen.add(client.execute(request, TEXT));
              } catch (IOException | RuntimeException e) {
                seen.add(e.getClass().getSimpleName());
              }
              seen.add(Thread.currentThread().isInterrupted());
              done.countDown();
            });
    thread.start();
    done.await();
    return seen;
  }
}
