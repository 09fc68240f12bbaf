package dev.weft.instrumentation.okhttp;

import java.io.File;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import okhttp3.Cache;
import okhttp3.Call;
import okhttp3.Callback;
import okhttp3.CertificatePinner;
import okhttp3.Connection;
import okhttp3.ConnectionSpec;
import okhttp3.EventListener;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okhttp3.WebSocket;
import okhttp3.WebSocketListener;
import okio.BufferedSink;

/**
 * What applications do with this library and no other, in a loader with it. Each public method is
 * one; it says what the application sees.
 */
public final class Scenes {
  private final OkHttpClient client = new OkHttpClient();
  private final List<String> seen = Collections.synchronizedList(new ArrayList<>());

  private static OkHttpClient.Builder http1(OkHttpClient from) {
    return from.newBuilder().protocols(List.of(Protocol.HTTP_1_1));
  }

  private static Request request(String url) {
    return new Request.Builder().url(url).build();
  }

  private List<String> said(OkHttpClient with, Request request) throws IOException {
    try (Response response = with.newCall(request).execute()) {
      seen.add(response.code() + " " + response.body().string());
      return seen;
    }
  }

  public List<String> get(String url) throws IOException {
    return said(http1(client).build(), request(url));
  }

  public List<String> post(String url) throws IOException {
    Request request =
        new Request.Builder().url(url).post(RequestBody.create(null, new byte[] {'x'})).build();
    return said(http1(client).build(), request);
  }

  /** What an application says that wants nothing sent twice. */
  public List<String> once(String url) throws IOException {
    return said(http1(client).retryOnConnectionFailure(false).build(), request(url));
  }

  /** How often whose interceptors are asked, what they see, and what a listener hears. */
  public List<String> watched(String url) throws IOException {
    OkHttpClient watched =
        http1(client)
            .addInterceptor(
                chain -> {
                  seen.add("application " + chain.connection());
                  return chain.proceed(chain.request());
                })
            .addNetworkInterceptor(
                chain -> {
                  seen.add(
                      "network " + chain.connection().handshake() + " " + chain.request().url());
                  return chain.proceed(chain.request());
                })
            .eventListener(
                new EventListener() {
                  @Override
                  public void callStart(Call call) {
                    seen.add("start");
                  }

                  @Override
                  public void connectionAcquired(Call call, Connection connection) {
                    seen.add("acquired");
                  }

                  @Override
                  public void connectionReleased(Call call, Connection connection) {
                    seen.add("released");
                  }

                  @Override
                  public void callEnd(Call call) {
                    seen.add("end");
                  }

                  @Override
                  public void callFailed(Call call, IOException e) {
                    seen.add("failed");
                  }
                })
            .build();
    try (Response response = watched.newCall(request(url)).execute()) {
      seen.add(response.code() + " after " + response.priorResponse());
      response.body().string();
    }
    return seen;
  }

  public List<String> webSocket(String url) throws InterruptedException {
    BlockingQueue<String> heard = new LinkedBlockingQueue<>();
    WebSocket socket =
        client.newWebSocket(
            request(url),
            new WebSocketListener() {
              @Override
              public void onOpen(WebSocket opened, Response response) {
                heard.add("open " + response.code());
              }

              @Override
              public void onMessage(WebSocket open, String text) {
                heard.add(text);
              }

              @Override
              public void onFailure(WebSocket failed, Throwable t, Response response) {
                heard.add(t + " " + response);
              }
            });
    seen.add(String.valueOf(heard.poll(30, TimeUnit.SECONDS)));
    socket.send("hello");
    seen.add(String.valueOf(heard.poll(30, TimeUnit.SECONDS)));
    socket.cancel();
    return seen;
  }

  /** A pin that no certificate has, and which says nothing of the mesh's. */
  public List<String> pinned(String url) throws IOException {
    CertificatePinner pinner =
        new CertificatePinner.Builder()
            .add("orders", "sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")
            .build();
    return said(http1(client).certificatePinner(pinner).build(), request(url));
  }

  /** A client that was built without any TLS of its own. */
  public List<String> cleartextOnly(String url) throws IOException {
    return said(
        http1(client).connectionSpecs(List.of(ConnectionSpec.CLEARTEXT)).build(), request(url));
  }

  /** A client that would look elsewhere, and not directly. */
  public List<String> ownDnsAndProxies(String url) throws IOException {
    SocketAddress nobody = InetSocketAddress.createUnresolved("proxy.invalid", 1);
    OkHttpClient own =
        http1(client)
            .dns(
                host -> {
                  throw new UnknownHostException(host);
                })
            .proxySelector(
                new ProxySelector() {
                  @Override
                  public List<Proxy> select(URI uri) {
                    return List.of(new Proxy(Proxy.Type.HTTP, nobody));
                  }

                  @Override
                  public void connectFailed(URI uri, SocketAddress address, IOException e) {}
                })
            .build();
    said(own, request(url));
    return said(own.newBuilder().proxy(new Proxy(Proxy.Type.HTTP, nobody)).build(), request(url));
  }

  public List<String> priorKnowledge(String url) throws IOException {
    OkHttpClient prior =
        client.newBuilder().protocols(List.of(Protocol.H2_PRIOR_KNOWLEDGE)).build();
    try (Response response = prior.newCall(request(url)).execute()) {
      seen.add(response.protocol() + " " + response.code() + " " + response.body().string());
    }
    return seen;
  }

  /** A request whose response may begin before it has ended. */
  public List<String> duplex(String url) throws IOException {
    RequestBody body =
        new RequestBody() {
          @Override
          public MediaType contentType() {
            return null;
          }

          @Override
          public boolean isDuplex() {
            return true;
          }

          @Override
          public void writeTo(BufferedSink sink) throws IOException {
            sink.writeUtf8("both ways");
            sink.close();
          }
        };
    return said(client, new Request.Builder().url(url).post(body).build());
  }

  /** Two that are under way together. */
  public List<String> together(String url) throws InterruptedException {
    BlockingQueue<String> replies = new LinkedBlockingQueue<>();
    OkHttpClient together = http1(client).build();
    for (int i = 0; i < 2; i++) {
      together
          .newCall(request(url))
          .enqueue(
              new Callback() {
                @Override
                public void onFailure(Call call, IOException e) {
                  replies.add(e.toString());
                }

                @Override
                public void onResponse(Call call, Response response) throws IOException {
                  try (response) {
                    replies.add(response.code() + " " + response.body().string());
                  }
                }
              });
    }
    for (int i = 0; i < 2; i++) {
      seen.add(String.valueOf(replies.poll(30, TimeUnit.SECONDS)));
    }
    return seen;
  }

  /** The second answer is the cache's. */
  public List<String> cached(String url) throws IOException {
    File folder = Files.createTempDirectory("okhttp-cache").toFile();
    try (Cache cache = new Cache(folder, 1 << 20)) {
      OkHttpClient caching = http1(client).cache(cache).build();
      said(caching, request(url));
      said(caching, request(url));
      cache.delete();
      return seen;
    }
  }

  /** A network interceptor that calls somebody else first. */
  public List<String> inTheMiddle(String url, String other) throws IOException {
    OkHttpClient plain = http1(client).build();
    OkHttpClient nested =
        plain
            .newBuilder()
            .addNetworkInterceptor(
                chain -> {
                  said(plain, request(other));
                  return chain.proceed(chain.request());
                })
            .build();
    return said(nested, request(url));
  }

  /** Answers a challenge. */
  public List<String> challenged(String url) throws IOException {
    OkHttpClient known =
        http1(client)
            .authenticator(
                (route, response) ->
                    response.request().newBuilder().header("Authorization", "secret").build())
            .build();
    return said(known, request(url));
  }

  /** What ends a call that would wait for long. */
  public List<String> timedOut(String url) throws IOException {
    OkHttpClient impatient = http1(client).callTimeout(300, TimeUnit.MILLISECONDS).build();
    return said(impatient, request(url));
  }
}
