package dev.weft.instrumentation.apachehttpclient5.rides;

import java.util.function.BiFunction;
import org.springframework.http.HttpMethod;
import org.springframework.http.client.reactive.HttpComponentsClientHttpConnector;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.client.WebClientRequestException;
import org.springframework.web.reactive.function.client.WebClientResponseException;

/** Spring's {@code WebClient} on the asynchronous client. */
public final class WithWebClient implements BiFunction<String, String, Object> {
  private final WebClient client =
      WebClient.builder().clientConnector(new HttpComponentsClientHttpConnector()).build();

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
    }
  }
}
