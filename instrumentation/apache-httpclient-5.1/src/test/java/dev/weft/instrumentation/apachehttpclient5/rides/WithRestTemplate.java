package dev.weft.instrumentation.apachehttpclient5.rides;

import java.util.function.BiFunction;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.springframework.http.client.HttpComponentsClientHttpRequestFactory;
import org.springframework.web.client.ResourceAccessException;
import org.springframework.web.client.RestClientResponseException;
import org.springframework.web.client.RestTemplate;

/** Spring's {@code RestTemplate}, as Spring Boot builds it where HttpClient 5 is there. */
public final class WithRestTemplate implements BiFunction<String, String, Object> {
  private final RestTemplate template =
      new RestTemplate(new HttpComponentsClientHttpRequestFactory(HttpClients.createSystem()));

  /** Made by reflection. */
  public WithRestTemplate() {}

  @Override
  public Object apply(String method, String url) {
    try {
      return method.equals("POST")
          ? template.postForObject(url, "100 EUR", String.class)
          : template.getForObject(url, String.class);
    } catch (RestClientResponseException e) {
      return e.getStatusCode().value();
    } catch (ResourceAccessException e) {
      return e.getCause();
    }
  }
}
