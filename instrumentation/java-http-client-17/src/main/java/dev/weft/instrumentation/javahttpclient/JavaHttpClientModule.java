package dev.weft.instrumentation.javahttpclient;

import static dev.weft.tooling.MethodMatch.constructor;
import static dev.weft.tooling.MethodMatch.method;

import dev.weft.tooling.Tested;
import dev.weft.tooling.WeftModule;
import dev.weft.tooling.WovenType;
import io.opentelemetry.javaagent.extension.instrumentation.TypeTransformer;
import java.util.List;

/** Weaves the JDK's HTTP client. */
public final class JavaHttpClientModule extends WeftModule {
  private static final String HERE = "dev.weft.instrumentation.javahttpclient.";
  private static final String CLIENT = "jdk.internal.net.http.";

  public JavaHttpClientModule() {
    super("java-http-client");
  }

  @Override
  public List<String> speaksFor() {
    return List.of("jdk.internal.net.http.");
  }

  @Override
  public Tested tested() {
    return Tested.jdk();
  }

  @Override
  public List<WovenType> types() {
    return List.of(
        new ClientImpl(),
        new RequestImpl(),
        new Exchanges(),
        new Connection(),
        new Engine(),
        new Http1(),
        new Http2(),
        new ResponseImpl());
  }

  /** CALL: every way of sending ends in this one private method. */
  private static final class ClientImpl extends WovenType {
    ClientImpl() {
      super(CLIENT + "HttpClientImpl");
    }

    @Override
    public void transform(TypeTransformer transformer) {
      transformer.applyAdviceToMethod(
          method("sendAsync").taking(4), HERE + "JavaHttpClientAdvice$Send");
    }
  }

  /** PICK: original requests, and the copies made for redirects and authentication. */
  private static final class RequestImpl extends WovenType {
    RequestImpl() {
      super(CLIENT + "HttpRequestImpl");
    }

    @Override
    public void transform(TypeTransformer transformer) {
      transformer.applyAdviceToMethod(
          constructor().taking(2).argument(0, "java.net.http.HttpRequest"),
          HERE + "JavaHttpClientAdvice$NewRequest");
      transformer.applyAdviceToMethod(
          constructor().argument(0, "java.net.URI").argument(2, CLIENT + "HttpRequestImpl"),
          HERE + "JavaHttpClientAdvice$CopiedRequest");
      transformer.applyAdviceToMethod(
          method("getAddress").taking(0), HERE + "JavaHttpClientAdvice$Address");
      transformer.applyAdviceToMethod(
          method("getUserHeaders").taking(0), HERE + "JavaHttpClientAdvice$Fields");
    }
  }

  /** CALL: the client's own redirects, answers to challenges, retries, and patience. */
  private static final class Exchanges extends WovenType {
    Exchanges() {
      super(CLIENT + "MultiExchange");
    }

    @Override
    public void transform(TypeTransformer transformer) {
      transformer.applyAdviceToMethod(
          constructor().argument(0, "java.net.http.HttpRequest"),
          HERE + "JavaHttpClientAdvice$NewExchange");
      transformer.applyAdviceToMethod(
          method("remainingConnectTimeout").taking(0),
          HERE + "JavaHttpClientAdvice$ConnectTimeout");
      transformer.applyAdviceToMethod(
          method("responseFilters").taking(1), HERE + "JavaHttpClientAdvice$Following");
      transformer.applyAdviceToMethod(
          method("getExceptionalCF").taking(Throwable.class), HERE + "JavaHttpClientAdvice$Failed");
      transformer.applyAdviceToMethod(
          method("getExceptionalCF").taking(2).argument(0, Throwable.class),
          HERE + "JavaHttpClientAdvice$FailedExchange");
    }
  }

  /** CONN: between these two, the engine being made is for the address being connected. */
  private static final class Connection extends WovenType {
    Connection() {
      super(CLIENT + "HttpConnection");
    }

    @Override
    public void transform(TypeTransformer transformer) {
      transformer.applyAdviceToMethod(
          method("getSSLConnection").argument(0, "java.net.InetSocketAddress"),
          HERE + "JavaHttpClientAdvice$Connecting");
    }
  }

  private static final class Engine extends WovenType {
    Engine() {
      super(CLIENT + "AbstractAsyncSSLConnection");
    }

    @Override
    public void transform(TypeTransformer transformer) {
      transformer.applyAdviceToMethod(
          method("createEngine").taking(4).argument(3, "javax.net.ssl.SSLParameters"),
          HERE + "JavaHttpClientAdvice$CreateEngine");
    }
  }

  /** The Host header depends on whether the request is secure, and must not. */
  private static final class Http1 extends WovenType {
    Http1() {
      super(CLIENT + "Http1Request");
    }

    @Override
    public void transform(TypeTransformer transformer) {
      transformer.applyAdviceToMethod(
          method("hostString").taking(0), HERE + "JavaHttpClientAdvice$HostString");
      transformer.applyAdviceToMethod(
          method("requestURI").taking(0), HERE + "JavaHttpClientAdvice$Target");
    }
  }

  private static final class Http2 extends WovenType {
    Http2() {
      super(CLIENT + "Stream");
    }

    @Override
    public void transform(TypeTransformer transformer) {
      transformer.applyAdviceToMethod(
          method("createPseudoHeaders").taking(1).argument(0, "java.net.http.HttpRequest"),
          HERE + "JavaHttpClientAdvice$Pseudo");
    }
  }

  /** The response of an http URI has no TLS session that the application should know of. */
  private static final class ResponseImpl extends WovenType {
    ResponseImpl() {
      super(CLIENT + "HttpResponseImpl");
    }

    @Override
    public void transform(TypeTransformer transformer) {
      transformer.applyAdviceToMethod(constructor(), HERE + "JavaHttpClientAdvice$NewResponse");
    }
  }
}
