package dev.weft.instrumentation.javahttpclient;

import static net.bytebuddy.matcher.ElementMatchers.isConstructor;
import static net.bytebuddy.matcher.ElementMatchers.named;
import static net.bytebuddy.matcher.ElementMatchers.takesArgument;
import static net.bytebuddy.matcher.ElementMatchers.takesArguments;
import static net.bytebuddy.matcher.ElementMatchers.takesNoArguments;

import dev.weft.tooling.WeftModule;
import dev.weft.tooling.WovenType;
import io.opentelemetry.javaagent.extension.instrumentation.TypeTransformer;
import java.util.List;

/** Weaves the JDK's HTTP client. */
public final class JavaHttpClientModule extends WeftModule {
  private static final String HERE = "dev.weft.instrumentation.javahttpclient.";
  private static final String CLIENT = "jdk.internal.net.http.";

  public JavaHttpClientModule() {
    super(
        "java-http-client",
        HERE + "RequestView",
        HERE + "Inside",
        HERE + "Head",
        HERE + "CallAddress",
        HERE + "Nowhere",
        HERE + "Discard",
        HERE + "RefusedResponse",
        HERE + "RefusedResponse$Info",
        HERE + "RefusedResponse$OneBuffer",
        HERE + "DrivenFuture",
        HERE + "Sending",
        HERE + "Driver",
        HERE + "Driver$1",
        HERE + "Calls",
        HERE + "Engines");
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
          named("sendAsync").and(takesArguments(4)), HERE + "JavaHttpClientAdvice$Send");
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
          isConstructor()
              .and(takesArguments(2))
              .and(takesArgument(0, named("java.net.http.HttpRequest"))),
          HERE + "JavaHttpClientAdvice$NewRequest");
      transformer.applyAdviceToMethod(
          isConstructor()
              .and(takesArgument(0, named("java.net.URI")))
              .and(takesArgument(2, named(CLIENT + "HttpRequestImpl"))),
          HERE + "JavaHttpClientAdvice$CopiedRequest");
      transformer.applyAdviceToMethod(
          named("getAddress").and(takesNoArguments()), HERE + "JavaHttpClientAdvice$Address");
      transformer.applyAdviceToMethod(
          named("getUserHeaders").and(takesNoArguments()), HERE + "JavaHttpClientAdvice$Fields");
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
          isConstructor().and(takesArgument(0, named("java.net.http.HttpRequest"))),
          HERE + "JavaHttpClientAdvice$NewExchange");
      transformer.applyAdviceToMethod(
          named("remainingConnectTimeout").and(takesNoArguments()),
          HERE + "JavaHttpClientAdvice$ConnectTimeout");
      transformer.applyAdviceToMethod(
          named("responseFilters").and(takesArguments(1)), HERE + "JavaHttpClientAdvice$Following");
      transformer.applyAdviceToMethod(
          named("getExceptionalCF").and(takesArguments(Throwable.class)),
          HERE + "JavaHttpClientAdvice$Failed");
      transformer.applyAdviceToMethod(
          named("getExceptionalCF").and(takesArguments(2)).and(takesArgument(0, Throwable.class)),
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
          named("getSSLConnection").and(takesArgument(0, named("java.net.InetSocketAddress"))),
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
          named("createEngine")
              .and(takesArguments(4))
              .and(takesArgument(3, named("javax.net.ssl.SSLParameters"))),
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
          named("hostString").and(takesNoArguments()), HERE + "JavaHttpClientAdvice$HostString");
      transformer.applyAdviceToMethod(
          named("requestURI").and(takesNoArguments()), HERE + "JavaHttpClientAdvice$Target");
    }
  }

  private static final class Http2 extends WovenType {
    Http2() {
      super(CLIENT + "Stream");
    }

    @Override
    public void transform(TypeTransformer transformer) {
      transformer.applyAdviceToMethod(
          named("createPseudoHeaders")
              .and(takesArguments(1))
              .and(takesArgument(0, named("java.net.http.HttpRequest"))),
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
      transformer.applyAdviceToMethod(isConstructor(), HERE + "JavaHttpClientAdvice$NewResponse");
    }
  }
}
