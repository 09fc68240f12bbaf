package dev.weft.instrumentation.javahttpclient;

import dev.weft.testkit.client.Ride;
import org.springframework.http.ResponseEntity;
import org.springframework.http.client.JdkClientHttpRequestFactory;
import org.springframework.http.client.reactive.JdkClientHttpConnector;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.client.ResourceAccessException;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.RestClientResponseException;
import org.springframework.web.client.support.RestClientAdapter;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.client.WebClientRequestException;
import org.springframework.web.reactive.function.client.WebClientResponseException;
import org.springframework.web.reactive.function.client.support.WebClientAdapter;
import org.springframework.web.service.annotation.GetExchange;
import org.springframework.web.service.annotation.PostExchange;
import org.springframework.web.service.invoker.HttpExchangeAdapter;
import org.springframework.web.service.invoker.HttpServiceProxyFactory;

/** Applications of Spring's clients on the JDK's. */
final class Rides {
  private Rides() {}

  private interface Orders {
    @GetExchange("/x")
    ResponseEntity<String> get();

    @PostExchange("/x")
    ResponseEntity<String> post(@RequestBody String body);
  }

  private abstract static class OnSpring implements Ride {
    abstract ResponseEntity<String> send(String service, String body);

    @Override
    public String call(String service, String body) throws Exception {
      try {
        ResponseEntity<String> got = send(service, body);
        return got.getStatusCode().value() + " " + got.getBody();
      } catch (RestClientResponseException e) {
        return e.getStatusCode().value() + " " + e.getResponseBodyAsString();
      } catch (WebClientResponseException e) {
        return e.getStatusCode().value() + " " + e.getResponseBodyAsString();
      } catch (ResourceAccessException | WebClientRequestException e) {
        throw (Exception) e.getCause();
      }
    }

    static ResponseEntity<String> send(HttpExchangeAdapter client, String body) {
      Orders orders = HttpServiceProxyFactory.builderFor(client).build().createClient(Orders.class);
      return body.isEmpty() ? orders.get() : orders.post(body);
    }

    /** They write each body piece by piece. */
    @Override
    public boolean handsBodiesOnWhole() {
      return false;
    }
  }

  private static RestClient restClient() {
    return RestClient.builder().requestFactory(new JdkClientHttpRequestFactory()).build();
  }

  private static WebClient webClient() {
    return WebClient.builder().clientConnector(new JdkClientHttpConnector()).build();
  }

  /** {@code RestClient}. */
  public static final class WithRestClient extends OnSpring {
    private final RestClient client = restClient();

    @Override
    ResponseEntity<String> send(String service, String body) {
      String url = service + "/x";
      return (body.isEmpty() ? client.get().uri(url) : client.post().uri(url).body(body))
          .retrieve()
          .toEntity(String.class);
    }
  }

  /** An interface whose methods are calls of a {@code RestClient}. */
  public static final class WithInterfaceOverRestClient extends OnSpring {
    private final RestClient client = restClient();

    @Override
    ResponseEntity<String> send(String service, String body) {
      return send(RestClientAdapter.create(client.mutate().baseUrl(service).build()), body);
    }
  }

  /** {@code WebClient}. */
  public static final class WithWebClient extends OnSpring {
    private final WebClient client = webClient();

    @Override
    ResponseEntity<String> send(String service, String body) {
      String url = service + "/x";
      return (body.isEmpty() ? client.get().uri(url) : client.post().uri(url).bodyValue(body))
          .retrieve()
          .toEntity(String.class)
          .block();
    }
  }

  /** An interface whose methods are calls of a {@code WebClient}. */
  public static final class WithInterfaceOverWebClient extends OnSpring {
    private final WebClient client = webClient();

    @Override
    ResponseEntity<String> send(String service, String body) {
      return send(WebClientAdapter.create(client.mutate().baseUrl(service).build()), body);
    }
  }
}
