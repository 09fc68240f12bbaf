package dev.weft.runtime.control;

import dev.weft.wire.Message;
import org.jspecify.annotations.Nullable;

/** What the coordinator's news are told to. All calls come from the stream's reading thread. */
public interface ControlHandler {
  /**
   * There is no stream yet.
   *
   * @param awaited what one who answers is waited for; null: nobody answers, or has refused us
   * @param proven whether he has shown that he is a coordinator
   */
  void joining(@Nullable String awaited, boolean proven);

  /**
   * The agent's part of a hello.
   *
   * @param epoch of the coordinator that was last spoken to; empty at first
   */
  Message.Hello hello(String epoch);

  /**
   * The stream is open; whatever the coordinator has to know is to be sent now.
   *
   * @param localAddress this end's IP address
   */
  void opened(Message.Welcome welcome, String localAddress, ControlStream stream);

  /** News after the opening; certificates and liveness have been taken care of. */
  void received(Message message, ControlStream stream);

  /** The stream is gone; a new one will be opened by and by. */
  void closed();
}
