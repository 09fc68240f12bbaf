package dev.weft.instrumentation.apachehttpclient4;

import dev.weft.testkit.Await;
import dev.weft.testkit.client.Scenes;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.http.HttpHost;
import org.apache.http.HttpRequest;
import org.apache.http.HttpResponse;
import org.apache.http.auth.AuthScope;
import org.apache.http.auth.UsernamePasswordCredentials;
import org.apache.http.client.config.RequestConfig;
import org.apache.http.client.methods.HttpGet;
import org.apache.http.client.methods.HttpPost;
import org.apache.http.client.protocol.HttpClientContext;
import org.apache.http.concurrent.FutureCallback;
import org.apache.http.config.RegistryBuilder;
import org.apache.http.conn.DnsResolver;
import org.apache.http.entity.ContentType;
import org.apache.http.impl.auth.BasicScheme;
import org.apache.http.impl.client.BasicAuthCache;
import org.apache.http.impl.client.BasicCredentialsProvider;
import org.apache.http.impl.nio.client.CloseableHttpAsyncClient;
import org.apache.http.impl.nio.client.HttpAsyncClientBuilder;
import org.apache.http.impl.nio.client.HttpAsyncClients;
import org.apache.http.impl.nio.conn.PoolingNHttpClientConnectionManager;
import org.apache.http.impl.nio.reactor.DefaultConnectingIOReactor;
import org.apache.http.message.BasicHttpRequest;
import org.apache.http.nio.IOControl;
import org.apache.http.nio.client.methods.AsyncByteConsumer;
import org.apache.http.nio.client.methods.HttpAsyncMethods;
import org.apache.http.nio.conn.ManagedNHttpClientConnection;
import org.apache.http.nio.conn.NHttpConnectionFactory;
import org.apache.http.nio.conn.NoopIOSessionStrategy;
import org.apache.http.nio.conn.SchemeIOSessionStrategy;
import org.apache.http.nio.entity.NStringEntity;
import org.apache.http.nio.protocol.BasicAsyncRequestProducer;
import org.apache.http.nio.protocol.BasicAsyncResponseConsumer;
import org.apache.http.nio.protocol.HttpAsyncRequestProducer;
import org.apache.http.nio.protocol.HttpAsyncResponseConsumer;
import org.apache.http.protocol.HttpContext;
import org.apache.http.util.EntityUtils;

/**
 * What applications do with the asynchronous client beyond the contract; loaded beside each
 * version.
 */
public final class AsyncScenes implements Scenes {
  /** Made by reflection. */
  public AsyncScenes() {}

  @Override
  public Object play(String scene, String url) {
    try {
      return switch (scene) {
        case "plain" -> get(HttpAsyncClients.custom(), url);
        case "broken strategy" ->
            get(
                HttpAsyncClients.custom()
                    .setKeepAliveStrategy(
                        (response, context) -> {
                          throw new IllegalStateException("how long?");
                        }),
                url);
        case "limits" -> limits(url);
        case "search" -> search(url);
        case "minimal" -> minimal(url);
        case "proxy" -> get(HttpAsyncClients.custom().setProxy(new HttpHost("127.0.0.1", 1)), url);
        case "resolver" -> resolver(url);
        case "context" -> context(url);
        case "pieces" -> pieces(url, 0);
        case "slow reader" -> pieces(url, 1);
        case "chained" -> chained(url);
        case "credentials" -> get(withCredentials(), url);
        case "broken interceptor" -> interceptor(url);
        case "broken producer" -> brokenProducer(url);
        case "broken consumer" -> brokenConsumer(url);
        case "response timeout" -> responseTimeout(url);
        case "give up in queue" -> giveUpInQueue(url);
        case "busy pool" -> busyPool(url);
        case "give up body" -> giveUpBody(url);
        case "enough" -> enough(url);
        case "closed client" -> closedClient(url);
        case "forgotten" -> forgotten(url);
        default -> throw new IllegalArgumentException(scene);
      };
    } catch (ExecutionException e) {
      return e.getCause();
    } catch (Exception e) {
      return e;
    }
  }

  private static String text(HttpResponse response) throws IOException {
    String body = response.getEntity() == null ? "" : EntityUtils.toString(response.getEntity());
    return response.getStatusLine().getStatusCode() + " " + body;
  }

  private static HttpHost host(String url) {
    URI uri = URI.create(url);
    return new HttpHost(uri.getHost(), uri.getPort(), uri.getScheme());
  }

  private static Future<HttpResponse> send(CloseableHttpAsyncClient client, String url) {
    return client.execute(new HttpGet(url), null);
  }

  private static String get(HttpAsyncClientBuilder builder, String url) throws Exception {
    try (CloseableHttpAsyncClient client = builder.build()) {
      client.start();
      return text(send(client, url).get());
    }
  }

  private static PoolingNHttpClientConnectionManager pool() throws IOException {
    return new PoolingNHttpClientConnectionManager(new DefaultConnectingIOReactor());
  }

  private static PoolingNHttpClientConnectionManager poolOfOne() throws IOException {
    PoolingNHttpClientConnectionManager pool = pool();
    pool.setMaxTotal(1);
    pool.setDefaultMaxPerRoute(1);
    return pool;
  }

  private static CloseableHttpAsyncClient client(PoolingNHttpClientConnectionManager pool) {
    CloseableHttpAsyncClient client = HttpAsyncClients.custom().setConnectionManager(pool).build();
    client.start();
    return client;
  }

  private static void awaitIdle(PoolingNHttpClientConnectionManager pool) {
    Await.until("the connections are in the pool", () -> pool.getTotalStats().getLeased() == 0);
  }

  private static BasicCredentialsProvider credentials() {
    BasicCredentialsProvider credentials = new BasicCredentialsProvider();
    credentials.setCredentials(AuthScope.ANY, new UsernamePasswordCredentials("me", "secret"));
    return credentials;
  }

  private static HttpAsyncClientBuilder withCredentials() {
    return HttpAsyncClients.custom().setDefaultCredentialsProvider(credentials());
  }

  /** Twenty at once, over two connections. */
  private static Object limits(String url) throws Exception {
    try (CloseableHttpAsyncClient client =
        HttpAsyncClients.custom().setMaxConnPerRoute(2).setMaxConnTotal(4).build()) {
      client.start();
      List<Future<HttpResponse>> futures = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        futures.add(send(client, url));
      }
      List<String> got = new ArrayList<>();
      for (Future<HttpResponse> future : futures) {
        got.add(text(future.get()));
      }
      return got;
    }
  }

  /** As the low-level client of Elasticsearch does it. */
  private static Object search(String url) throws Exception {
    HttpHost host = host(url);
    try (CloseableHttpAsyncClient client =
        withCredentials()
            .setDefaultRequestConfig(
                RequestConfig.custom().setConnectTimeout(1_000).setSocketTimeout(30_000).build())
            .setMaxConnPerRoute(10)
            .setMaxConnTotal(30)
            .build()) {
      client.start();
      HttpClientContext context = HttpClientContext.create();
      BasicAuthCache cache = new BasicAuthCache();
      cache.put(host, new BasicScheme());
      context.setAuthCache(cache);
      List<String> got = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        HttpPost request = new HttpPost("/items/_search?pretty");
        request.setEntity(new NStringEntity("{\"size\":" + i + "}", ContentType.APPLICATION_JSON));
        CompletableFuture<HttpResponse> told = new CompletableFuture<>();
        client.execute(
            HttpAsyncMethods.create(host, request),
            new BasicAsyncResponseConsumer(),
            context,
            telling(told));
        got.add(text(told.get()));
      }
      return got;
    }
  }

  private static <T> FutureCallback<T> telling(CompletableFuture<T> told) {
    return new FutureCallback<>() {
      @Override
      public void completed(T result) {
        told.complete(result);
      }

      @Override
      public void failed(Exception error) {
        told.completeExceptionally(error);
      }

      @Override
      public void cancelled() {
        told.cancel(true);
      }
    };
  }

  private static Object minimal(String url) throws Exception {
    try (CloseableHttpAsyncClient client = HttpAsyncClients.createMinimal()) {
      client.start();
      HttpPost request = new HttpPost(url);
      request.setEntity(new NStringEntity("body", ContentType.TEXT_PLAIN));
      return text(client.execute(request, null).get());
    }
  }

  private static Object resolver(String url) throws Exception {
    DnsResolver none =
        new DnsResolver() {
          @Override
          public InetAddress[] resolve(String host) throws UnknownHostException {
            throw new UnknownHostException(host);
          }
        };
    PoolingNHttpClientConnectionManager pool =
        new PoolingNHttpClientConnectionManager(
            new DefaultConnectingIOReactor(),
            (NHttpConnectionFactory<ManagedNHttpClientConnection>) null,
            RegistryBuilder.<SchemeIOSessionStrategy>create()
                .register("http", NoopIOSessionStrategy.INSTANCE)
                .build(),
            none);
    return get(HttpAsyncClients.custom().setConnectionManager(pool), url);
  }

  private static Object context(String url) throws Exception {
    List<String> seen = new ArrayList<>();
    try (CloseableHttpAsyncClient client =
        HttpAsyncClients.custom()
            .addInterceptorFirst(
                (HttpRequest request, HttpContext context) ->
                    seen.add(
                        HttpClientContext.adapt(context).getHttpRoute().getTargetHost().toString()))
            .build()) {
      client.start();
      HttpClientContext context = HttpClientContext.create();
      client.execute(new HttpGet(url), context, null).get();
      seen.add(context.getHttpRoute().getTargetHost().toString());
      seen.add(context.getTargetHost().toString());
      seen.add(context.getRequest().getRequestLine().getUri());
      seen.add(
          String.valueOf(((ManagedNHttpClientConnection) context.getConnection()).getSSLSession()));
      return seen;
    }
  }

  /**
   * A consumer that is given the body piece by piece.
   *
   * @param pause how often it wants to rest
   */
  private static Object pieces(String url, int pause) throws Exception {
    try (CloseableHttpAsyncClient client = HttpAsyncClients.createDefault()) {
      client.start();
      return client
          .execute(HttpAsyncMethods.createGet(url), new Pieces(new CountDownLatch(1), pause), null)
          .get();
    }
  }

  private static final class Pieces extends AsyncByteConsumer<List<String>> {
    private final CountDownLatch begun;
    private final List<String> seen = new ArrayList<>();
    private final StringBuilder text = new StringBuilder();
    private int pauses;

    Pieces(CountDownLatch begun, int pauses) {
      super(4);
      this.begun = begun;
      this.pauses = pauses;
    }

    @Override
    protected void onResponseReceived(HttpResponse response) {
      seen.add(String.valueOf(response.getStatusLine().getStatusCode()));
      begun.countDown();
    }

    @Override
    protected void onByteReceived(ByteBuffer bytes, IOControl control) {
      text.append(StandardCharsets.ISO_8859_1.decode(bytes));
      if (pauses-- > 0) {
        control.suspendInput();
        new Thread(control::requestInput).start();
      }
    }

    @Override
    protected List<String> buildResult(HttpContext context) {
      seen.add(text.toString());
      return seen;
    }
  }

  /** The second call is made where the first one is answered: on a thread of the reactor. */
  private static Object chained(String url) throws Exception {
    CompletableFuture<HttpResponse> second = new CompletableFuture<>();
    List<Object> threads = new ArrayList<>();
    try (CloseableHttpAsyncClient client = HttpAsyncClients.createDefault()) {
      client.start();
      client.execute(
          new HttpGet(url),
          new FutureCallback<>() {
            @Override
            public void completed(HttpResponse first) {
              threads.add(Thread.currentThread().getName().startsWith("I/O dispatcher"));
              client.execute(new HttpGet(url), telling(second));
            }

            @Override
            public void failed(Exception error) {
              second.completeExceptionally(error);
            }

            @Override
            public void cancelled() {
              second.cancel(true);
            }
          });
      threads.add(text(second.get()));
      return threads;
    }
  }

  /** Of the requests that it sends, an interceptor makes nothing. */
  private static Object interceptor(String url) throws Exception {
    return get(
        HttpAsyncClients.custom()
            .addInterceptorFirst(
                (HttpRequest request, HttpContext context) -> {
                  throw new IOException("no token for the request");
                }),
        url);
  }

  /**
   * @return what it comes to, and what a call after it gets
   */
  private static Object after(
      String url, HttpAsyncRequestProducer producer, HttpAsyncResponseConsumer<?> consumer)
      throws Exception {
    PoolingNHttpClientConnectionManager pool = pool();
    try (CloseableHttpAsyncClient client = client(pool)) {
      String first;
      try {
        first = String.valueOf(client.execute(producer, consumer, null).get());
      } catch (ExecutionException e) {
        first = e.getCause().getMessage();
      }
      awaitIdle(pool);
      return List.of(first, text(send(client, url).get()));
    }
  }

  private static Object brokenProducer(String url) throws Exception {
    HttpPost request = new HttpPost(url);
    request.setEntity(
        new NStringEntity("body", ContentType.TEXT_PLAIN) {
          @Override
          public void produceContent(
              org.apache.http.nio.ContentEncoder encoder, IOControl control) {
            throw new IllegalStateException("no body today");
          }
        });
    return after(url, HttpAsyncMethods.create(request), new BasicAsyncResponseConsumer());
  }

  private static Object brokenConsumer(String url) throws Exception {
    return after(
        url,
        HttpAsyncMethods.createGet(url),
        new BasicAsyncResponseConsumer() {
          @Override
          protected void onResponseReceived(HttpResponse response) {
            throw new IllegalStateException("not for me");
          }
        });
  }

  /** Ends the exchange in the middle of a body. */
  private static Object enough(String url) throws Exception {
    PoolingNHttpClientConnectionManager pool = pool();
    try (CloseableHttpAsyncClient client = client(pool)) {
      CountDownLatch closed = new CountDownLatch(1);
      client.execute(
          HttpAsyncMethods.createGet(url + "half"),
          new AsyncByteConsumer<Object>() {
            @Override
            protected void onResponseReceived(HttpResponse response) {}

            @Override
            protected void onByteReceived(ByteBuffer bytes, IOControl control) throws IOException {
              close();
            }

            @Override
            protected Object buildResult(HttpContext context) {
              return "whole";
            }

            @Override
            protected void releaseResources() {
              closed.countDown();
            }
          },
          null);
      closed.await();
      awaitIdle(pool);
      return text(send(client, url).get());
    }
  }

  private static Object responseTimeout(String url) throws Exception {
    return get(
        HttpAsyncClients.custom()
            .setDefaultRequestConfig(RequestConfig.custom().setSocketTimeout(300).build()),
        url);
  }

  /** The one connection that there may be is busy with {@code /stall}. */
  private static Object giveUpInQueue(String url) throws Exception {
    PoolingNHttpClientConnectionManager pool = poolOfOne();
    try (CloseableHttpAsyncClient client = client(pool)) {
      HttpGet first = new HttpGet(url + "stall");
      client.execute(first, null);
      Await.until("it has a connection", () -> pool.getTotalStats().getLeased() == 1);
      HttpGet second = new HttpGet(url);
      Future<HttpResponse> queued = client.execute(second, null);
      second.abort();
      first.abort();
      awaitIdle(pool);
      return List.of(queued.isCancelled(), text(send(client, url).get()));
    }
  }

  private static Object busyPool(String url) throws Exception {
    PoolingNHttpClientConnectionManager pool = poolOfOne();
    try (CloseableHttpAsyncClient client = client(pool)) {
      HttpGet first = new HttpGet(url + "stall");
      client.execute(first, null);
      Await.until("it has a connection", () -> pool.getTotalStats().getLeased() == 1);
      String second = text(send(client, url).get());
      first.abort();
      awaitIdle(pool);
      return second;
    }
  }

  /** Given up once the head of the response has been seen. */
  private static Object giveUpBody(String url) throws Exception {
    PoolingNHttpClientConnectionManager pool = pool();
    try (CloseableHttpAsyncClient client = client(pool)) {
      CountDownLatch begun = new CountDownLatch(1);
      HttpGet request = new HttpGet(url + "half");
      client.execute(HttpAsyncMethods.create(request), new Pieces(begun, 0), null);
      begun.await();
      request.abort();
      awaitIdle(pool);
      return text(send(client, url).get());
    }
  }

  /** While a call is under way. */
  private static Object closedClient(String url) throws Exception {
    PoolingNHttpClientConnectionManager pool = pool();
    CloseableHttpAsyncClient client = client(pool);
    Future<HttpResponse> stalled = send(client, url + "stall");
    Await.until("it has a connection", () -> pool.getTotalStats().getLeased() == 1);
    client.close();
    return text(stalled.get());
  }

  /** Whether a connection that is kept holds nothing of the call that it was made for. */
  private static Object forgotten(String url) throws Exception {
    PoolingNHttpClientConnectionManager pool = pool();
    try (CloseableHttpAsyncClient client = client(pool)) {
      WeakReference<Object> consumer = consumer(client, url);
      awaitIdle(pool);
      Await.until(
          "the call is collected",
          () -> {
            System.gc();
            return consumer.get() == null;
          });
      return pool.getTotalStats().getAvailable();
    }
  }

  private static WeakReference<Object> consumer(CloseableHttpAsyncClient client, String url)
      throws Exception {
    BasicAsyncResponseConsumer consumer = new BasicAsyncResponseConsumer();
    HttpHost host = host(url);
    client
        .execute(
            new BasicAsyncRequestProducer(
                host, new BasicHttpRequest("GET", URI.create(url).getPath())),
            consumer,
            null)
        .get();
    return new WeakReference<>(consumer);
  }
}
