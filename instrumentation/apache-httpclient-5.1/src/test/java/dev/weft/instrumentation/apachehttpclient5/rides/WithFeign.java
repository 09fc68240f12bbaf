package dev.weft.instrumentation.apachehttpclient5.rides;

import feign.Feign;
import feign.FeignException;
import feign.RequestLine;
import feign.RetryableException;
import feign.Retryer;
import feign.hc5.ApacheHttp5Client;
import java.util.function.BiFunction;

/** OpenFeign, whose own retries the application has switched off. */
public final class WithFeign implements BiFunction<String, String, Object> {
  /** What the application calls. */
  public interface Service {
    /** Reads. */
    @RequestLine("GET /")
    String get();

    /** Pays. */
    @RequestLine("POST /")
    String post(String body);
  }

  private final ApacheHttp5Client client = new ApacheHttp5Client();

  /** Made by reflection. */
  public WithFeign() {}

  @Override
  public Object apply(String method, String url) {
    Service service =
        Feign.builder()
            .client(client)
            .retryer(Retryer.NEVER_RETRY)
            .target(Service.class, url.substring(0, url.length() - 1));
    try {
      return method.equals("POST") ? service.post("100 EUR") : service.get();
    } catch (RetryableException e) {
      return e.status() > 0 ? e.status() : e.getCause();
    } catch (FeignException e) {
      return e.status();
    }
  }
}
