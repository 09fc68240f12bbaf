package dev.weft.instrumentation.apachehttpclient5.rides;

import java.util.function.BiFunction;
import org.springframework.http.client.HttpComponentsClientHttpRequestFactory;
import org.springframework.web.client.ResourceAccessException;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.RestClientResponseException;

/** Spring's {@code RestClient}. */
public final class WithRestClient implements BiFunction<String, String, Object> {
  private final RestClient client =
      RestClient.builder().requestFactory(new HttpComponentsClientHttpRequestFactory()).build();

  /** Made by reflection. */
  public WithRestClient() {}

  @Override
  public Object apply(String method, String url) {
    try {
      return method.equals("POST")
          ? client.post().uri(url).body("100 EUR").retrieve().body(String.class)
          : client.get().uri(url).retrieve().body(String.class);
    } catch (RestClientResponseException e) {
      return e.getStatusCode().value();
    } catch (ResourceAccessException e) {
      return e.getCause();
    }
  }
}
