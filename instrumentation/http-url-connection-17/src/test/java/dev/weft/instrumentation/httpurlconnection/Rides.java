package dev.weft.instrumentation.httpurlconnection;

import dev.weft.testkit.client.Ride;
import feign.Feign;
import feign.RequestLine;
import feign.RetryableException;
import feign.Retryer;
import jakarta.ws.rs.ProcessingException;
import jakarta.ws.rs.client.Client;
import jakarta.ws.rs.client.ClientBuilder;
import jakarta.ws.rs.client.Entity;
import jakarta.ws.rs.client.Invocation;
import jakarta.ws.rs.core.Response;
import java.nio.charset.StandardCharsets;
import org.springframework.http.ResponseEntity;
import org.springframework.http.client.SimpleClientHttpRequestFactory;
import org.springframework.web.client.ResourceAccessException;
import org.springframework.web.client.RestClientResponseException;
import org.springframework.web.client.RestTemplate;

/** Applications of libraries that stand on {@code HttpURLConnection}, if nobody says otherwise. */
final class Rides {
  private Rides() {}

  /** Spring's {@code RestTemplate}. */
  public static final class WithRestTemplate implements Ride {
    private final RestTemplate template = new RestTemplate(new SimpleClientHttpRequestFactory());

    @Override
    public String call(String service, String body) throws Exception {
      String url = service + "/x";
      try {
        ResponseEntity<String> got =
            body.isEmpty()
                ? template.getForEntity(url, String.class)
                : template.postForEntity(url, body, String.class);
        return got.getStatusCode().value() + " " + got.getBody();
      } catch (RestClientResponseException e) {
        return e.getStatusCode().value() + " " + e.getResponseBodyAsString();
      } catch (ResourceAccessException e) {
        throw (Exception) e.getCause();
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

    @Override
    public String call(String service, String body) throws Exception {
      Orders orders = Feign.builder().retryer(Retryer.NEVER_RETRY).target(Orders.class, service);
      try (feign.Response got = body.isEmpty() ? orders.get() : orders.post(body)) {
        return got.status()
            + " "
            + new String(got.body().asInputStream().readAllBytes(), StandardCharsets.UTF_8);
      } catch (RetryableException e) {
        throw (Exception) e.getCause();
      }
    }

    @Override
    public boolean handsBodiesOnWhole() {
      return false;
    }
  }

  /** Jersey. */
  public static final class WithJersey implements Ride {
    private final Client client = ClientBuilder.newClient();

    @Override
    public String call(String service, String body) throws Exception {
      Invocation.Builder request = client.target(service).path("x").request();
      try (Response got = body.isEmpty() ? request.get() : request.post(Entity.text(body))) {
        return got.getStatus() + " " + got.readEntity(String.class);
      } catch (ProcessingException e) {
        throw (Exception) e.getCause();
      }
    }
  }
}
