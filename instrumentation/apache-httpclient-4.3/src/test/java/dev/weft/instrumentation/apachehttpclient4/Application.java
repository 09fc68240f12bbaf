package dev.weft.instrumentation.apachehttpclient4;

import dev.weft.testkit.client.Scenes;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
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
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.http.HttpClientConnection;
import org.apache.http.HttpHost;
import org.apache.http.HttpResponse;
import org.apache.http.auth.AuthScope;
import org.apache.http.auth.UsernamePasswordCredentials;
import org.apache.http.client.ResponseHandler;
import org.apache.http.client.ServiceUnavailableRetryStrategy;
import org.apache.http.client.config.RequestConfig;
import org.apache.http.client.methods.CloseableHttpResponse;
import org.apache.http.client.methods.HttpGet;
import org.apache.http.client.methods.HttpPost;
import org.apache.http.client.protocol.HttpClientContext;
import org.apache.http.config.RegistryBuilder;
import org.apache.http.conn.ConnectionRequest;
import org.apache.http.conn.DnsResolver;
import org.apache.http.conn.HttpClientConnectionManager;
import org.apache.http.conn.ManagedHttpClientConnection;
import org.apache.http.conn.routing.HttpRoute;
import org.apache.http.conn.socket.ConnectionSocketFactory;
import org.apache.http.conn.socket.PlainConnectionSocketFactory;
import org.apache.http.entity.InputStreamEntity;
import org.apache.http.entity.StringEntity;
import org.apache.http.impl.client.BasicCredentialsProvider;
import org.apache.http.impl.client.CloseableHttpClient;
import org.apache.http.impl.client.FutureRequestExecutionService;
import org.apache.http.impl.client.HttpClients;
import org.apache.http.impl.client.cache.CachingHttpClients;
import org.apache.http.impl.conn.ManagedHttpClientConnectionFactory;
import org.apache.http.impl.conn.PoolingHttpClientConnectionManager;
import org.apache.http.protocol.HttpContext;
import org.apache.http.util.EntityUtils;

/** What applications do with the library beyond the contract; loaded beside each version. */
public final class Application implements Scenes {
  private static final ResponseHandler<String> TEXT =
      response ->
          response.getStatusLine().getStatusCode()
              + " "
              + (response.getEntity() == null ? "" : EntityUtils.toString(response.getEntity()));

  /** Looks at each connection before it is used again. */
  @SuppressWarnings("deprecation")
  private final CloseableHttpClient checking =
      HttpClients.custom()
          .setDefaultRequestConfig(
              RequestConfig.custom().setStaleConnectionCheckEnabled(true).build())
          .build();

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
        case "broken interceptor" -> interceptor(url);
        default -> throw new IllegalArgumentException(scene);
      };
    } catch (Exception e) {
      return e;
    }
  }

  private static Object sharedManager(String url) throws IOException {
    PoolingHttpClientConnectionManager pool = new PoolingHttpClientConnectionManager();
    CloseableHttpClient one = HttpClients.custom().setConnectionManager(pool).build();
    CloseableHttpClient other = HttpClients.custom().setConnectionManager(pool).build();
    HttpClientContext context = HttpClientContext.create();
    for (int i = 0; i < 10; i++) {
      one.execute(new HttpGet(url), TEXT, context);
      other.execute(new HttpGet(url), TEXT);
    }
    List<Object> seen =
        List.of(
            pool.getTotalStats().getAvailable(), String.valueOf(context.getUserToken()), "null");
    pool.shutdown();
    return seen;
  }

  private static Object ownPlanner(String url) throws IOException {
    try (CloseableHttpClient client =
        HttpClients.custom()
            .setRoutePlanner((host, request, context) -> new HttpRoute(host, null, false))
            .build()) {
      return client.execute(new HttpGet(url), TEXT);
    }
  }

  private static Object proxy(String url) throws IOException {
    try (CloseableHttpClient client =
        HttpClients.custom().setProxy(new HttpHost("127.0.0.1", 1)).build()) {
      return client.execute(new HttpGet(url), TEXT);
    }
  }

  private static Object resolver(String url) throws IOException {
    DnsResolver none =
        host -> {
          throw new UnknownHostException(host);
        };
    try (CloseableHttpClient client =
        HttpClients.custom()
            .setConnectionManager(
                new PoolingHttpClientConnectionManager(
                    RegistryBuilder.<ConnectionSocketFactory>create()
                        .register("http", PlainConnectionSocketFactory.getSocketFactory())
                        .build(),
                    none))
            .build()) {
      return client.execute(new HttpGet(url), TEXT);
    }
  }

  private static Object target(String url) throws IOException {
    URI uri = URI.create(url);
    try (CloseableHttpClient client = HttpClients.createDefault()) {
      return client.execute(
          new HttpHost(uri.getHost(), uri.getPort(), uri.getScheme()),
          new HttpGet(uri.getRawPath()),
          TEXT);
    }
  }

  /** Of the requests that it sends, an interceptor makes nothing. */
  private static Object interceptor(String url) throws IOException {
    try (CloseableHttpClient client =
        HttpClients.custom()
            .addInterceptorLast(
                (org.apache.http.HttpRequest request, HttpContext context) -> {
                  throw new IOException("no token for the request");
                })
            .build()) {
      return client.execute(new HttpGet(url), TEXT);
    }
  }

  private static Object context(String url) throws Exception {
    List<String> seen = new ArrayList<>();
    try (CloseableHttpClient client =
        HttpClients.custom()
            .addInterceptorLast(
                (org.apache.http.HttpRequest request, HttpContext context) ->
                    seen.add(
                        HttpClientContext.adapt(context).getHttpRoute().getTargetHost().toString()))
            .addInterceptorLast(
                (HttpResponse response, HttpContext context) ->
                    seen.add(
                        String.valueOf(
                            HttpClientContext.adapt(context)
                                .getConnection(ManagedHttpClientConnection.class)
                                .getSSLSession())))
            .build()) {
      HttpClientContext context = HttpClientContext.create();
      client.execute(new HttpGet(url), TEXT, context);
      seen.add(context.getHttpRoute().getTargetHost().toString());
      seen.add(context.getTargetHost() + context.getRequest().getRequestLine().getUri());
      seen.add(String.valueOf(context.getAttribute("dev.weft.connecting")));
      seen.add(context.getProxyAuthState().getState().toString());
      return seen;
    }
  }

  private static Object strategy(String url) throws IOException {
    AtomicInteger asked = new AtomicInteger();
    ServiceUnavailableRetryStrategy strategy =
        new ServiceUnavailableRetryStrategy() {
          @Override
          public boolean retryRequest(HttpResponse response, int count, HttpContext context) {
            return response.getStatusLine().getStatusCode() == 503 && asked.incrementAndGet() < 3;
          }

          @Override
          public long getRetryInterval() {
            return 0;
          }
        };
    try (CloseableHttpClient client =
        HttpClients.custom()
            .setServiceUnavailableRetryStrategy(strategy)
            .setRetryHandler((error, count, context) -> asked.incrementAndGet() < 3)
            .build()) {
      String last;
      try {
        last = client.execute(new HttpGet(url), TEXT);
      } catch (IOException e) {
        last = "no answer";
      }
      return List.of(last, asked.get());
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
            seen.add(response.getStatusLine().getStatusCode());
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
      request.abort();
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
        new AuthScope("orders", 80), new UsernamePasswordCredentials("me", "secret"));
    try (CloseableHttpClient client =
        HttpClients.custom().setDefaultCredentialsProvider(credentials).build()) {
      return client.execute(new HttpGet(url), TEXT);
    }
  }

  /** Connects by itself, and keeps nothing. */
  private static final class Manager implements HttpClientConnectionManager {
    @Override
    public ConnectionRequest requestConnection(HttpRoute route, Object state) {
      return new ConnectionRequest() {
        @Override
        public HttpClientConnection get(long timeout, TimeUnit unit) {
          return new ManagedHttpClientConnectionFactory().create(route, null);
        }

        @Override
        public boolean cancel() {
          return false;
        }
      };
    }

    @Override
    public void releaseConnection(
        HttpClientConnection connection, Object state, long duration, TimeUnit unit) {}

    @Override
    public void connect(
        HttpClientConnection connection, HttpRoute route, int timeout, HttpContext context)
        throws IOException {
      ((ManagedHttpClientConnection) connection)
          .bind(new Socket(InetAddress.getLoopbackAddress(), route.getTargetHost().getPort()));
    }

    @Override
    public void upgrade(HttpClientConnection connection, HttpRoute route, HttpContext context) {}

    @Override
    public void routeComplete(
        HttpClientConnection connection, HttpRoute route, HttpContext context) {}

    @Override
    public void closeIdleConnections(long idle, TimeUnit unit) {}

    @Override
    public void closeExpiredConnections() {}

    @Override
    public void shutdown() {}
  }

  private static Object ownOperator(String url) throws IOException {
    try (CloseableHttpClient client =
        HttpClients.custom().setConnectionManager(new Manager()).build()) {
      return client.execute(new HttpGet(url), TEXT);
    }
  }

  private Object post(String url) throws IOException {
    HttpPost request = new HttpPost(url);
    request.setEntity(new InputStreamEntity(new ByteArrayInputStream(new byte[] {'x'})));
    return checking.execute(request, TEXT);
  }

  /** The one connection that there may be is busy. */
  private static Object busyPool(String url) throws Exception {
    try (CloseableHttpClient client =
        HttpClients.custom().setMaxConnTotal(1).setMaxConnPerRoute(1).build()) {
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
    request.setEntity(new InputStreamEntity(new ByteArrayInputStream(body)));
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
                seen.add(client.execute(new HttpGet(url), TEXT));
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
