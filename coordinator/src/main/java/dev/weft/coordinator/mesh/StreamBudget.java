package dev.weft.coordinator.mesh;

import dev.weft.wire.Message;

/**
 * What one stream has left to ask for. It may go into debt, as what has been read has been read; it
 * is then not read again until time has paid. On the channel's event loop.
 */
final class StreamBudget {
  /** An answer costs the asker this part of its length: it is read by it, too. */
  private static final int ANSWERS = 16;

  private final Identities.Identity identity;
  private final Rate.Bucket bytes;
  private final Rate.Bucket messages;
  private final Rate.Bucket names;
  private final Rate.Bucket registrations;
  private final Rate.Bucket reports;
  private final Rate.Bucket renewals;

  StreamBudget(Identities.Identity identity, long nowNanos) {
    this.identity = identity;
    StreamLimits limits = identity.limits();
    this.bytes = new Rate.Bucket(limits.bytes(), nowNanos);
    this.messages = new Rate.Bucket(limits.messages(), nowNanos);
    this.names = new Rate.Bucket(limits.names(), nowNanos);
    this.registrations = new Rate.Bucket(limits.registrations(), nowNanos);
    this.reports = new Rate.Bucket(limits.reports(), nowNanos);
    this.renewals = new Rate.Bucket(limits.renewals(), nowNanos);
  }

  /**
   * Takes what a message cost.
   *
   * @param length of its frame
   * @return for how long the stream is not to be read, in ns; 0 if it has something left
   */
  long pay(Message message, int length, long nowNanos) {
    long wait = Math.max(identity.bytes.take(length, nowNanos), bytes.take(length, nowNanos));
    wait = Math.max(wait, messages.take(1, nowNanos));
    wait = Math.max(wait, identity.messages.take(1, nowNanos));
    if (message instanceof Message.Register) {
      wait = Math.max(wait, registrations.take(1, nowNanos));
    }
    int named = names(message);
    return named == 0 ? wait : Math.max(wait, names.take(named, nowNanos));
  }

  private static int names(Message message) {
    if (message instanceof Message.Subscribe subscribe) {
      return subscribe.add().size() + subscribe.remove().size();
    }
    if (message instanceof Message.Hello hello) {
      return hello.revisions().size();
    }
    return message instanceof Message.Resolve || message instanceof Message.Resync ? 1 : 0;
  }

  /** Something long is sent because the agent asked; the next {@link #pay} counts it. */
  void answered(int length, long nowNanos) {
    bytes.take(length / (double) ANSWERS, nowNanos);
    identity.bytes.take(length / (double) ANSWERS, nowNanos);
  }

  /** Whether one more report is taken. */
  boolean report(long nowNanos) {
    return reports.tryTake(1, nowNanos);
  }

  /** Whether one more certificate may be asked for. */
  boolean renewal(long nowNanos) {
    return renewals.tryTake(1, nowNanos) && identity.renewals.tryTake(1, nowNanos);
  }
}
