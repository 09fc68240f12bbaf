package dev.weft.instrumentation.apachehttpclient5.inside;

import dev.weft.bridge.HeadChange;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.apache.hc.client5.http.protocol.HttpClientContext;
import org.apache.hc.core5.http.EntityDetails;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpRequest;
import org.apache.hc.core5.http.HttpResponse;
import org.apache.hc.core5.http.nio.AsyncClientExchangeHandler;
import org.apache.hc.core5.http.nio.CapacityChannel;
import org.apache.hc.core5.http.nio.DataStreamChannel;
import org.apache.hc.core5.http.nio.RequestChannel;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.apache.hc.core5.http.protocol.HttpCoreContext;
import org.jspecify.annotations.Nullable;

/** The library's handler of one exchange: the head goes out as the mesh wants it. */
final class AsyncHandler implements AsyncClientExchangeHandler {
  private final AsyncClientExchangeHandler own;
  private final AsyncRuntime runtime;
  private final @Nullable HeadChange change;
  private final HttpClientContext context;
  private volatile @Nullable HttpRequest shown;
  private boolean left;

  AsyncHandler(
      AsyncClientExchangeHandler own,
      AsyncRuntime runtime,
      @Nullable HeadChange change,
      HttpClientContext context) {
    this.own = own;
    this.runtime = runtime;
    this.change = change;
    this.context = context;
  }

  /** Where a response comes before its request is whole, that may still be being written. */
  synchronized void leavesEntity() {
    left = true;
  }

  @Override
  public void produceRequest(RequestChannel channel, HttpContext connection)
      throws HttpException, IOException {
    runtime.begins(context);
    Out out = new Out(channel);
    try {
      own.produceRequest(out, connection);
    } catch (HttpException | RuntimeException e) {
      runtime.fails();
      throw e;
    } catch (IOException e) {
      if (!out.sent) {
        runtime.fails();
      }
      throw e;
    }
  }

  /** Where the library writes the head. */
  final class Out implements RequestChannel {
    private final RequestChannel channel;
    private boolean sent;

    Out(RequestChannel channel) {
      this.channel = channel;
    }

    @Override
    public void sendRequest(
        HttpRequest request, @Nullable EntityDetails entity, HttpContext connection)
        throws HttpException, IOException {
      sent = true;
      runtime.sends();
      shown = request;
      channel.sendRequest(Heads.sent(request, change), entity, connection);
    }
  }

  @Override
  public synchronized void produce(DataStreamChannel channel) throws IOException {
    if (left) {
      throw new IOException("the request is sent elsewhere");
    }
    own.produce(channel);
  }

  @Override
  public void consumeResponse(
      HttpResponse response, @Nullable EntityDetails entity, HttpContext connection)
      throws HttpException, IOException {
    if (change != null) {
      context.setAttribute(HttpCoreContext.HTTP_REQUEST, shown);
    }
    own.consumeResponse(response, entity, connection);
  }

  // As the library has it.

  @Override
  public int available() {
    return own.available();
  }

  @Override
  public void consumeInformation(HttpResponse response, HttpContext connection)
      throws HttpException, IOException {
    own.consumeInformation(response, connection);
  }

  @Override
  public void updateCapacity(CapacityChannel channel) throws IOException {
    own.updateCapacity(channel);
  }

  @Override
  public void consume(ByteBuffer bytes) throws IOException {
    own.consume(bytes);
  }

  @Override
  public void streamEnd(@Nullable List<? extends Header> trailers)
      throws HttpException, IOException {
    own.streamEnd(trailers);
  }

  @Override
  public void failed(Exception cause) {
    own.failed(cause);
  }

  @Override
  public void cancel() {
    own.cancel();
  }

  @Override
  public void releaseResources() {
    own.releaseResources();
  }
}
