package dev.weft.coordinator.ca;

/** A certificate that is not given; code and message go to the agent. */
public final class Refusal extends Exception {
  private static final long serialVersionUID = 1L;

  private final String code;

  public Refusal(String code, String message) {
    super(message);
    this.code = code;
  }

  /** As {@code docs/protocol.md} lists them. */
  public String code() {
    return code;
  }
}
