package dev.weft.instrumentation.okhttp;

import feign.Feign;
import feign.RequestLine;
import feign.Retryer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.function.BinaryOperator;
import okhttp3.RequestBody;
import okhttp3.ResponseBody;
import retrofit2.Call;
import retrofit2.Response;
import retrofit2.Retrofit;
import retrofit2.http.Body;
import retrofit2.http.GET;
import retrofit2.http.POST;

/**
 * Applications of libraries that stand on OkHttp. Given a URL and a body, or an empty one for a
 * GET, they say what they got.
 */
final class Rides {
  private Rides() {}

  /** Retrofit. */
  public static final class OfRetrofit implements BinaryOperator<String> {
    interface Api {
      @GET("x")
      Call<ResponseBody> get();

      @POST("x")
      Call<ResponseBody> post(@Body RequestBody body);
    }

    @Override
    public String apply(String url, String body) {
      Api api = new Retrofit.Builder().baseUrl(url).build().create(Api.class);
      try {
        Response<ResponseBody> got =
            (body.isEmpty() ? api.get() : api.post(RequestBody.create(null, body))).execute();
        try (ResponseBody said = got.isSuccessful() ? got.body() : got.errorBody()) {
          return got.code() + " " + said.string();
        }
      } catch (IOException e) {
        return e.toString();
      }
    }
  }

  /** Feign, on OkHttp. */
  public static final class OfFeign implements BinaryOperator<String> {
    interface Api {
      @RequestLine("GET /x")
      feign.Response get();

      @RequestLine("POST /x")
      feign.Response post(String body);
    }

    @Override
    public String apply(String url, String body) {
      Api api =
          Feign.builder()
              .client(new feign.okhttp.OkHttpClient())
              .retryer(Retryer.NEVER_RETRY)
              .target(Api.class, url);
      try (feign.Response got = body.isEmpty() ? api.get() : api.post(body)) {
        return got.status()
            + " "
            + new String(got.body().asInputStream().readAllBytes(), StandardCharsets.UTF_8);
      } catch (IOException e) {
        return e.toString();
      }
    }
  }
}
