package dev.weft.instrumentation.okhttp;

import dev.weft.testkit.client.Ride;
import feign.Feign;
import feign.RequestLine;
import feign.RetryableException;
import feign.Retryer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import okhttp3.OkHttpClient;
import okhttp3.RequestBody;
import okhttp3.ResponseBody;
import retrofit2.Call;
import retrofit2.Response;
import retrofit2.Retrofit;
import retrofit2.http.Body;
import retrofit2.http.GET;
import retrofit2.http.POST;

/** Applications of libraries that stand on OkHttp. */
final class Rides {
  private Rides() {}

  /** Retrofit. */
  public static final class WithRetrofit implements Ride {
    interface Orders {
      @GET("x")
      Call<ResponseBody> get();

      @POST("x")
      Call<ResponseBody> post(@Body RequestBody body);
    }

    private final OkHttpClient client = new OkHttpClient();

    @Override
    public String call(String service, String body) throws IOException {
      Orders orders =
          new Retrofit.Builder().client(client).baseUrl(service).build().create(Orders.class);
      Response<ResponseBody> got =
          (body.isEmpty() ? orders.get() : orders.post(RequestBody.create(null, body))).execute();
      try (ResponseBody said = got.isSuccessful() ? got.body() : got.errorBody()) {
        return got.code() + " " + said.string();
      }
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

    private final feign.Client client = new feign.okhttp.OkHttpClient();

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
}
