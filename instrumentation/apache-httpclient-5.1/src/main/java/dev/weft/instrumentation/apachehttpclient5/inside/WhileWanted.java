package dev.weft.instrumentation.apachehttpclient5.inside;

import java.io.InterruptedIOException;
import org.apache.hc.core5.concurrent.FutureCallback;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.reactor.IOSession;

/**
 * Who is told of a connection that is ready: the library, unless the attempt that it was made for
 * has been given up meanwhile. The library has then forgotten for what it was, and would leave it
 * open for ever.
 */
final class WhileWanted implements FutureCallback<IOSession> {
  private final AsyncRuntime runtime;
  private final FutureCallback<IOSession> library;

  WhileWanted(AsyncRuntime runtime, FutureCallback<IOSession> library) {
    this.runtime = runtime;
    this.library = library;
  }

  @Override
  public void completed(IOSession ready) {
    boolean wanted = !runtime.isGivenUp();
    if (wanted) {
      library.completed(ready);
    }
    // Or while that was told, when there was nothing yet to be closed.
    if (runtime.isGivenUp()) {
      ready.close(CloseMode.IMMEDIATE);
    }
    if (!wanted) {
      library.failed(new InterruptedIOException());
    }
  }

  @Override
  public void failed(Exception error) {
    library.failed(error);
  }

  @Override
  public void cancelled() {
    library.cancelled();
  }
}
