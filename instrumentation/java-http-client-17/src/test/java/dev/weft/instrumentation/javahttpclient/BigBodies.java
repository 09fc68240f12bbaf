package dev.weft.instrumentation.javahttpclient;

import dev.weft.testkit.client.BigTransfer;
import dev.weft.tooling.WeftModule;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;

/** Bodies that do not fit into the heap. */
public final class BigBodies implements BigTransfer.Client {
  @Override
  public WeftModule module() {
    return new JavaHttpClientModule();
  }

  @Override
  public long post(String url, long size) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(url))
            .version(HttpClient.Version.HTTP_1_1)
            .POST(
                BodyPublishers.fromPublisher(
                    BodyPublishers.ofInputStream(() -> BigTransfer.zeros(size)), size))
            .build();
    try (InputStream answer =
        HttpClient.newHttpClient().send(request, BodyHandlers.ofInputStream()).body()) {
      return BigTransfer.count(answer);
    }
  }
}
