package dev.weft.instrumentation.apachehttpclient5;

import dev.weft.testkit.Await;
import dev.weft.testkit.client.Ride;
import feign.Feign;
import feign.RequestLine;
import feign.RetryableException;
import feign.Retryer;
import feign.hc5.ApacheHttp5Client;
import jakarta.ws.rs.ProcessingException;
import jakarta.ws.rs.client.Client;
import jakarta.ws.rs.client.ClientBuilder;
import jakarta.ws.rs.client.Entity;
import jakarta.ws.rs.client.Invocation;
import jakarta.ws.rs.core.Response;
import java.nio.charset.StandardCharsets;
import org.apache.hc.client5.http.impl.async.HttpAsyncClients;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.nio.PoolingAsyncClientConnectionManager;
import org.apache.hc.client5.http.impl.nio.PoolingAsyncClientConnectionManagerBuilder;
import org.glassfish.jersey.apache5.connector.Apache5ConnectorProvider;
import org.glassfish.jersey.client.ClientConfig;
import org.springframework.http.ResponseEntity;
import org.springframework.http.client.HttpComponentsClientHttpRequestFactory;
import org.springframework.http.client.reactive.HttpComponentsClientHttpConnector;
import org.springframework.web.client.ResourceAccessException;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.RestClientResponseException;
import org.springframework.web.client.RestTemplate;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.client.WebClientRequestException;
import org.springframework.web.reactive.function.client.WebClientResponseException;

/** Applications of libraries on the newest version. */
final class Rides {
  private Rides() {}

  private abstract static class OnSpring implements Ride {
    abstract ResponseEntity<String> send(String url, String body);

    @Override
    public String call(String service, String body) throws Exception {
      try {
        ResponseEntity<String> got = send(service + "/x", body);
        return got.getStatusCode().value() + " " + got.getBody();
      } catch (RestClientResponseException e) {
        return e.getStatusCode().value() + " " + e.getResponseBodyAsString();
      } catch (WebClientResponseException e) {
        return e.getStatusCode().value() + " " + e.getResponseBodyAsString();
      } catch (ResourceAccessException | WebClientRequestException e) {
        throw (Exception) e.getCause();
      }
    }
  }

  /** Spring's {@code RestTemplate}, as Spring Boot builds it where this library is there. */
  public static final class WithRestTemplate extends OnSpring {
    private final RestTemplate template =
        new RestTemplate(new HttpComponentsClientHttpRequestFactory(HttpClients.createSystem()));

    @Override
    ResponseEntity<String> send(String url, String body) {
      return body.isEmpty()
          ? template.getForEntity(url, String.class)
          : template.postForEntity(url, body, String.class);
    }
  }

  /** Spring's {@code RestClient}. */
  public static final class WithRestClient extends OnSpring {
    private final RestClient client =
        RestClient.builder().requestFactory(new HttpComponentsClientHttpRequestFactory()).build();

    @Override
    ResponseEntity<String> send(String url, String body) {
      return (body.isEmpty() ? client.get().uri(url) : client.post().uri(url).body(body))
          .retrieve()
          .toEntity(String.class);
    }
  }

  /** Spring's {@code WebClient} on the asynchronous client. */
  public static final class WithWebClient extends OnSpring {
    private final PoolingAsyncClientConnectionManager pool =
        PoolingAsyncClientConnectionManagerBuilder.create().build();
    private final WebClient client =
        WebClient.builder()
            .clientConnector(
                new HttpComponentsClientHttpConnector(
                    HttpAsyncClients.custom().setConnectionManager(pool).build()))
            .build();

    @Override
    ResponseEntity<String> send(String url, String body) {
      try {
        return (body.isEmpty() ? client.get().uri(url) : client.post().uri(url).bodyValue(body))
            .retrieve()
            .toEntity(String.class)
            .block();
      } finally {
        // The library answers before it gives the connection back.
        Await.until("the connection is in the pool", () -> pool.getTotalStats().getLeased() == 0);
      }
    }

    @Override
    public boolean handsBodiesOnWhole() {
      return false;
    }
  }

  /** Feign, which does not retry by itself here. */
  public static final class WithFeign implements Ride {
    interface Orders {
      @RequestLine("GET /x")
      feign.Response get();

      @RequestLine("POST /x")
      feign.Response post(String body);
    }

    private final ApacheHttp5Client client = new ApacheHttp5Client();

    @Override
    public String call(String service, String body) throws Exception {
      Orders orders =
          Feign.builder().client(client).retryer(Retryer.NEVER_RETRY).target(Orders.class, service);
      try (feign.Response got = body.isEmpty() ? orders.get() : orders.post(body)) {
        return got.status()
            + " "
            + new String(got.body().asInputStream().readAllBytes(), StandardCharsets.UTF_8);
      } catch (RetryableException e) {
        throw (Exception) e.getCause();
      }
    }
  }

  /** Jersey. */
  public static final class WithJersey implements Ride {
    private final Client client =
        ClientBuilder.newClient(
            new ClientConfig().connectorProvider(new Apache5ConnectorProvider()));

    @Override
    public String call(String service, String body) throws Exception {
      Invocation.Builder request = client.target(service).path("x").request();
      try (Response got = body.isEmpty() ? request.get() : request.post(Entity.text(body))) {
        return got.getStatus() + " " + got.readEntity(String.class);
      } catch (ProcessingException e) {
        throw (Exception) e.getCause();
      }
    }

    /** Unless it is told to ({@code ClientProperties.REQUEST_ENTITY_PROCESSING}). */
    @Override
    public boolean handsBodiesOnWhole() {
      return false;
    }
  }
}
