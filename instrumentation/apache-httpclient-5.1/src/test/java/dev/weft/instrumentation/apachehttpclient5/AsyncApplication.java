package dev.weft.instrumentation.apachehttpclient5;

import dev.weft.testkit.Await;
import dev.weft.testkit.client.Scenes;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.nio.CharBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.hc.client5.http.async.methods.AbstractCharResponseConsumer;
import org.apache.hc.client5.http.async.methods.SimpleHttpRequest;
import org.apache.hc.client5.http.async.methods.SimpleHttpResponse;
import org.apache.hc.client5.http.async.methods.SimpleRequestProducer;
import org.apache.hc.client5.http.async.methods.SimpleResponseConsumer;
import org.apache.hc.client5.http.auth.AuthScope;
import org.apache.hc.client5.http.auth.UsernamePasswordCredentials;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.async.CloseableHttpAsyncClient;
import org.apache.hc.client5.http.impl.async.HttpAsyncClientBuilder;
import org.apache.hc.client5.http.impl.async.HttpAsyncClients;
import org.apache.hc.client5.http.impl.auth.BasicCredentialsProvider;
import org.apache.hc.client5.http.impl.cache.CachingHttpAsyncClients;
import org.apache.hc.client5.http.impl.nio.PoolingAsyncClientConnectionManager;
import org.apache.hc.client5.http.impl.nio.PoolingAsyncClientConnectionManagerBuilder;
import org.apache.hc.client5.http.nio.AsyncClientConnectionManager;
import org.apache.hc.client5.http.protocol.HttpClientContext;
import org.apache.hc.core5.concurrent.FutureCallback;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.HttpResponse;
import org.apache.hc.core5.reactor.IOReactorConfig;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;

/**
 * What applications do with the asynchronous client beyond the contract; loaded beside each
 * version.
 */
public final class AsyncApplication implements Scenes {
  /** Made by reflection. */
  public AsyncApplication() {}

  @Override
  public Object play(String scene, String url) {
    try {
      return switch (scene) {
        case "get" -> get(HttpAsyncClients.custom(), url);
        case "shared manager" -> sharedManager(url);
        case "proxy" ->
            get(HttpAsyncClients.custom().setProxy(new HttpHost("http", "127.0.0.1", 1)), url);
        case "resolver" -> resolver(url);
        case "context" -> context(url);
        case "strategy" -> strategy(url);
        case "stream" -> stream(url);
        case "chained" -> chained(url);
        case "cache" -> cache(url);
        case "credentials" -> credentials(url);
        case "broken interceptor" -> interceptor(url);
        case "response timeout" -> responseTimeout(url);
        case "give up in queue" -> giveUpInQueue(url);
        case "busy pool" -> busyPool(url);
        case "give up body" -> giveUpBody(url);
        case "own connections" -> ownManager(url);
        case "multiplexed" -> multiplexed(url);
        case "give up in validation" -> giveUpInValidation(url);
        case "forgotten" -> forgotten(url);
        case "connection header" -> connectionHeader(url);
        default -> throw new IllegalArgumentException(scene);
      };
    } catch (ExecutionException e) {
      return e.getCause();
    } catch (Exception e) {
      return e;
    }
  }

  private static SimpleHttpRequest request(String url) {
    return SimpleHttpRequest.create("GET", URI.create(url));
  }

  private static Future<SimpleHttpResponse> send(CloseableHttpAsyncClient client, String url) {
    return client.execute(request(url), null);
  }

  private static String text(SimpleHttpResponse response) {
    String body = response.getBodyText();
    return response.getCode() + " " + (body == null ? "" : body);
  }

  private static String get(HttpAsyncClientBuilder builder, String url) throws Exception {
    try (CloseableHttpAsyncClient client = builder.build()) {
      client.start();
      return text(send(client, url).get());
    }
  }

  private static void awaitIdle(PoolingAsyncClientConnectionManager pool) {
    Await.until("the connections are in the pool", () -> pool.getTotalStats().getLeased() == 0);
  }

  /**
   * A call is given up while its connection is being validated, which takes as long as the
   * reactor's one thread is busy.
   *
   * @param urls of the mesh, and of whoever is called to keep that thread busy
   * @return what a call after that gets
   */
  private static Object giveUpInValidation(String urls) throws Exception {
    String url = urls.substring(0, urls.indexOf(' '));
    PoolingAsyncClientConnectionManager pool =
        PoolingAsyncClientConnectionManagerBuilder.create()
            .setMaxConnTotal(2)
            .setMaxConnPerRoute(1)
            .setValidateAfterInactivity(TimeValue.ofMilliseconds(1))
            .build();
    try (CloseableHttpAsyncClient client =
        HttpAsyncClients.custom()
            .setConnectionManager(pool)
            .setIOReactorConfig(IOReactorConfig.custom().setIoThreadCount(1).build())
            .setDefaultRequestConfig(
                RequestConfig.custom().setHardCancellationEnabled(false).build())
            .build()) {
      client.start();
      send(client, url + "first").get();
      awaitIdle(pool);
      CountDownLatch busy = new CountDownLatch(1);
      CountDownLatch goOn = new CountDownLatch(1);
      client.execute(
          request(urls.substring(url.length() + 1)),
          new FutureCallback<>() {
            @Override
            public void completed(SimpleHttpResponse response) {
              busy.countDown();
              try {
                goOn.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            }

            @Override
            public void failed(Exception error) {}

            @Override
            public void cancelled() {}
          });
      busy.await();
      long idle = System.nanoTime() + 5_000_000;
      Await.until("the connection has been idle", () -> System.nanoTime() > idle);
      send(client, url + "given-up").cancel(true);
      goOn.countDown();
      awaitIdle(pool);
      return text(send(client, url + "last").get());
    }
  }

  /** Whether a connection that is kept holds nothing of the call that it was made for. */
  private static Object forgotten(String url) throws Exception {
    PoolingAsyncClientConnectionManager pool =
        PoolingAsyncClientConnectionManagerBuilder.create().build();
    try (CloseableHttpAsyncClient client =
        HttpAsyncClients.custom().setConnectionManager(pool).build()) {
      client.start();
      WeakReference<Object> callback = callback(client, url);
      awaitIdle(pool);
      Await.until(
          "the call is collected",
          () -> {
            System.gc();
            return callback.get() == null;
          });
      return pool.getTotalStats().getAvailable();
    }
  }

  private static WeakReference<Object> callback(CloseableHttpAsyncClient client, String url)
      throws Exception {
    FutureCallback<SimpleHttpResponse> callback =
        new FutureCallback<>() {
          @Override
          public void completed(SimpleHttpResponse response) {}

          @Override
          public void failed(Exception error) {}

          @Override
          public void cancelled() {}
        };
    client.execute(request(url), callback).get();
    return new WeakReference<>(callback);
  }

  /** Each client has a reactor of its own; the connections are shared. */
  private static Object sharedManager(String url) throws Exception {
    PoolingAsyncClientConnectionManager pool =
        PoolingAsyncClientConnectionManagerBuilder.create().build();
    try (CloseableHttpAsyncClient one =
            HttpAsyncClients.custom()
                .setConnectionManager(pool)
                .setConnectionManagerShared(true)
                .build();
        CloseableHttpAsyncClient other =
            HttpAsyncClients.custom()
                .setConnectionManager(pool)
                .setConnectionManagerShared(true)
                .build()) {
      one.start();
      other.start();
      HttpClientContext context = HttpClientContext.create();
      for (int i = 0; i < 10; i++) {
        one.execute(request(url), context, null).get();
        awaitIdle(pool);
        send(other, url).get();
        awaitIdle(pool);
      }
      return List.of(
          pool.getTotalStats().getAvailable(),
          String.valueOf(context.getUserToken()),
          String.valueOf(context.getSSLSession()));
    } finally {
      pool.close();
    }
  }

  private static Object resolver(String url) throws Exception {
    return get(
        HttpAsyncClients.custom()
            .setConnectionManager(
                PoolingAsyncClientConnectionManagerBuilder.create()
                    .setDnsResolver(Application.NOBODY)
                    .build()),
        url);
  }

  private static Object context(String url) throws Exception {
    List<String> seen = new ArrayList<>();
    try (CloseableHttpAsyncClient client =
        HttpAsyncClients.custom()
            .addRequestInterceptorFirst(
                (request, entity, context) ->
                    seen.add(
                        HttpClientContext.adapt(context).getHttpRoute().getTargetHost().toString()))
            .build()) {
      client.start();
      HttpClientContext context = HttpClientContext.create();
      client.execute(request(url), context, null).get();
      seen.add(context.getHttpRoute().getTargetHost().toString());
      seen.add(context.getRequest().getUri().toString());
      seen.add(String.valueOf(context.getSSLSession()));
      seen.add(String.valueOf(context.getAttribute("dev.weft.outcome")));
      return seen;
    }
  }

  private static Object strategy(String url) throws Exception {
    Application.Thrice strategy = new Application.Thrice();
    String last;
    try {
      last = get(HttpAsyncClients.custom().setRetryStrategy(strategy), url);
    } catch (ExecutionException e) {
      last = e.getCause() instanceof IOException ? "no answer" : e.toString();
    }
    return List.of(last, strategy.asked.get());
  }

  /** A consumer that is given the body piece by piece. */
  private static Object stream(String url) throws Exception {
    try (CloseableHttpAsyncClient client = HttpAsyncClients.createDefault()) {
      client.start();
      return client
          .execute(SimpleRequestProducer.create(request(url)), new Pieces(null), null)
          .get();
    }
  }

  private static final class Pieces extends AbstractCharResponseConsumer<List<String>> {
    private final CountDownLatch begun;
    private final List<String> seen = new ArrayList<>();
    private final StringBuilder text = new StringBuilder();

    Pieces(CountDownLatch begun) {
      this.begun = begun;
    }

    @Override
    protected void start(HttpResponse response, ContentType type) {
      seen.add(String.valueOf(response.getCode()));
      if (begun != null) {
        begun.countDown();
      }
    }

    @Override
    protected int capacityIncrement() {
      return 1;
    }

    @Override
    protected void data(CharBuffer source, boolean end) {
      text.append(source);
    }

    @Override
    protected List<String> buildResult() {
      seen.add(text.toString());
      return seen;
    }

    @Override
    public void failed(Exception cause) {}

    @Override
    public void releaseResources() {}
  }

  /** The second call is made where the first one is answered: on a thread of the reactor. */
  private static Object chained(String url) throws Exception {
    CompletableFuture<Object> second = new CompletableFuture<>();
    List<Object> threads = new ArrayList<>();
    try (CloseableHttpAsyncClient client = HttpAsyncClients.createDefault()) {
      client.start();
      client.execute(
          request(url),
          new FutureCallback<>() {
            @Override
            public void completed(SimpleHttpResponse first) {
              threads.add(Thread.currentThread().getName().startsWith("httpclient-dispatch"));
              client.execute(
                  request(url),
                  new FutureCallback<>() {
                    @Override
                    public void completed(SimpleHttpResponse last) {
                      threads.add(
                          Thread.currentThread().getName().startsWith("httpclient-dispatch"));
                      second.complete(text(last));
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
      threads.add(second.get());
      return threads;
    }
  }

  private static Object cache(String url) throws Exception {
    try (CloseableHttpAsyncClient client = CachingHttpAsyncClients.createMemoryBound()) {
      client.start();
      return List.of(text(send(client, url).get()), text(send(client, url).get()));
    }
  }

  private static Object credentials(String url) throws Exception {
    BasicCredentialsProvider credentials = new BasicCredentialsProvider();
    credentials.setCredentials(
        new AuthScope(null, -1), new UsernamePasswordCredentials("me", "secret".toCharArray()));
    return get(HttpAsyncClients.custom().setDefaultCredentialsProvider(credentials), url);
  }

  /** Of the requests that it sends, an interceptor makes nothing. */
  private static Object interceptor(String url) throws Exception {
    return get(
        HttpAsyncClients.custom()
            .addRequestInterceptorFirst(
                (request, entity, context) -> {
                  throw new IOException("no token for the request");
                }),
        url);
  }

  private static Object responseTimeout(String url) throws Exception {
    return get(
        HttpAsyncClients.custom()
            .setDefaultRequestConfig(
                RequestConfig.custom().setResponseTimeout(Timeout.ofMilliseconds(300)).build()),
        url);
  }

  private static PoolingAsyncClientConnectionManager poolOfOne() {
    return PoolingAsyncClientConnectionManagerBuilder.create()
        .setMaxConnTotal(1)
        .setMaxConnPerRoute(1)
        .build();
  }

  /** The one connection that there may be is busy with {@code /stall}. */
  private static Object giveUpInQueue(String url) throws Exception {
    PoolingAsyncClientConnectionManager pool = poolOfOne();
    try (CloseableHttpAsyncClient client =
        HttpAsyncClients.custom().setConnectionManager(pool).build()) {
      client.start();
      Future<SimpleHttpResponse> first = send(client, url + "stall");
      Await.until("it has a connection", () -> pool.getTotalStats().getLeased() == 1);
      Future<SimpleHttpResponse> second = send(client, url);
      Await.until("another waits for it", () -> pool.getTotalStats().getPending() == 1);
      second.cancel(true);
      first.cancel(true);
      awaitIdle(pool);
      return text(send(client, url).get());
    }
  }

  private static Object busyPool(String url) throws Exception {
    PoolingAsyncClientConnectionManager pool = poolOfOne();
    try (CloseableHttpAsyncClient client =
        HttpAsyncClients.custom().setConnectionManager(pool).build()) {
      client.start();
      Future<SimpleHttpResponse> first = send(client, url + "stall");
      Await.until("it has a connection", () -> pool.getTotalStats().getLeased() == 1);
      String second = text(send(client, url).get());
      first.cancel(true);
      awaitIdle(pool);
      return second;
    }
  }

  /** Given up once the head of the response has been seen. */
  private static Object giveUpBody(String url) throws Exception {
    PoolingAsyncClientConnectionManager pool =
        PoolingAsyncClientConnectionManagerBuilder.create().build();
    try (CloseableHttpAsyncClient client =
        HttpAsyncClients.custom().setConnectionManager(pool).build()) {
      client.start();
      CountDownLatch begun = new CountDownLatch(1);
      Future<List<String>> future =
          client.execute(
              SimpleRequestProducer.create(request(url + "half")), new Pieces(begun), null);
      begun.await();
      future.cancel(true);
      try {
        return future.get();
      } catch (CancellationException e) {
        awaitIdle(pool);
        return text(send(client, url).get());
      }
    }
  }

  /** Which HTTP/2 does not know. */
  private static Object connectionHeader(String url) throws Exception {
    try (CloseableHttpAsyncClient client = HttpAsyncClients.createDefault()) {
      client.start();
      SimpleHttpRequest request = request(url);
      request.setHeader("Connection", "close");
      return text(
          client
              .execute(SimpleRequestProducer.create(request), SimpleResponseConsumer.create(), null)
              .get());
    }
  }

  /** Connects on a thread of its own, where nobody knows for whom. */
  private static Object ownManager(String url) throws Exception {
    PoolingAsyncClientConnectionManager pool =
        PoolingAsyncClientConnectionManagerBuilder.create().build();
    AsyncClientConnectionManager own =
        (AsyncClientConnectionManager)
            Proxy.newProxyInstance(
                AsyncApplication.class.getClassLoader(),
                new Class<?>[] {AsyncClientConnectionManager.class},
                (proxy, method, arguments) ->
                    method.getName().equals("connect")
                        ? CompletableFuture.supplyAsync(() -> invoke(method, pool, arguments)).get()
                        : invoke(method, pool, arguments));
    return get(HttpAsyncClients.custom().setConnectionManager(own), url);
  }

  private static Object invoke(Method method, Object on, Object[] arguments) {
    try {
      return method.invoke(on, arguments);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Twenty at once, over the connection of one before them. */
  private static Object multiplexed(String url) throws Exception {
    PoolingAsyncClientConnectionManager pool =
        PoolingAsyncClientConnectionManagerBuilder.create().setMessageMultiplexing(true).build();
    try (CloseableHttpAsyncClient client =
        HttpAsyncClients.custom().setConnectionManager(pool).build()) {
      client.start();
      send(client, url).get();
      awaitIdle(pool);
      List<Future<SimpleHttpResponse>> futures = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        futures.add(send(client, url));
      }
      Set<String> got = new HashSet<>();
      for (Future<SimpleHttpResponse> future : futures) {
        got.add(future.get().getVersion() + " " + text(future.get()));
      }
      return got;
    }
  }
}
