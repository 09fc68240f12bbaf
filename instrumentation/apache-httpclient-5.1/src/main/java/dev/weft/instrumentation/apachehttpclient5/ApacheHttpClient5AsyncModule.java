package dev.weft.instrumentation.apachehttpclient5;

import static dev.weft.tooling.MethodMatch.method;

import dev.weft.tooling.Tested;
import dev.weft.tooling.WeftModule;
import dev.weft.tooling.WovenType;
import io.opentelemetry.javaagent.extension.instrumentation.TypeTransformer;
import java.util.List;

/** Weaves the asynchronous clients of Apache HttpClient 5. */
public final class ApacheHttpClient5AsyncModule extends WeftModule {
  private static final String HERE = "dev.weft.instrumentation.apachehttpclient5.";
  private static final String ADVICE = HERE + "ApacheHttpClient5AsyncAdvice";
  private static final String CLIENT = "org.apache.hc.client5.http.impl.";

  /** Made by the service loader. */
  public ApacheHttpClient5AsyncModule() {
    super("apache-httpclient5-async");
  }

  /** The reactor is the core's, which other clients of it use as well. */
  @Override
  public List<String> speaksFor() {
    return List.of("org.apache.hc.core5.reactor.");
  }

  @Override
  public Tested tested() {
    return new Tested("httpclient5", "5.1", "5.6");
  }

  @Override
  public List<WovenType> types() {
    return List.of(new Builder(), new Requester());
  }

  /** Where clients are put together; the one that caches overrides a method. */
  private static final class Builder extends WovenType {
    Builder() {
      super(
          CLIENT + "async.HttpAsyncClientBuilder", CLIENT + "cache.CachingHttpAsyncClientBuilder");
    }

    @Override
    public void transform(TypeTransformer transformer) {
      transformer.applyAdviceToMethod(method("customizeExecChain").taking(1), ADVICE + "$Chain");
    }
  }

  /** Where connections are made. The shorter method goes on to the longer. */
  private static final class Requester extends WovenType {
    Requester() {
      super(CLIENT + "nio.MultihomeIOSessionRequester");
    }

    @Override
    public void transform(TypeTransformer transformer) {
      transformer.applyAdviceToMethod(method("connect").taking(7), ADVICE + "$Connect");
    }
  }
}
