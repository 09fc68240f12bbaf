package dev.weft.engine.balance;

/** Which candidates are not wanted. */
@FunctionalInterface
public interface Avoid<E> {
  /** Whether this one is to be left out. */
  boolean tried(E candidate);
}
