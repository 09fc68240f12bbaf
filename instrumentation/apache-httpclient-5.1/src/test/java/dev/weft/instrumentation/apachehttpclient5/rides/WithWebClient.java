package dev.weft.instrumentation.apachehttpclient5.rides;

import dev.weft.testkit.Await;
import java.util.function.BiFunction;
import org.apache.hc.client5.http.impl.async.HttpAsyncClients;
import org.apache.hc.client5.http.impl.nio.PoolingAsyncClientConnectionManager;
import org.apache.hc.client5.http.impl.nio.PoolingAsyncClientConnectionManagerBuilder;
import org.springframework.http.HttpMethod;
import org.springframework.http.client.reactive.HttpComponentsClientHttpConnector;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.client.WebClientRequestException;
import org.springframework.web.reactive.function.client.WebClientResponseException;

/** Spring's {@code WebClient} on the asynchronous client. */
public final class WithWebClient implements BiFunction<String, String, Object> {
  private final PoolingAsyncClientConnectionManager pool =
      PoolingAsyncClientConnectionManagerBuilder.create().build();
  private final WebClient client =
      WebClient.builder()
          .clientConnector(
              new HttpComponentsClientHttpConnector(
                  HttpAsyncClients.custom().setConnectionManager(pool).build()))
          .build();

  /** Made by reflection. */
  public WithWebClient() {}

  @Override
  public Object apply(String method, String url) {
    WebClient.RequestBodySpec request = client.method(HttpMethod.valueOf(method)).uri(url);
    try {
      return (method.equals("POST") ? request.bodyValue("100 EUR") : request)
          .retrieve()
          .bodyToMono(String.class)
          .block();
    } catch (WebClientResponseException e) {
      return e.getStatusCode().value();
    } catch (WebClientRequestException e) {
      return e.getCause();
    } finally {
      // The library answers before it gives the connection back.
      Await.until("the connection is in the pool", () -> pool.getTotalStats().getLeased() == 0);
    }
  }
}
