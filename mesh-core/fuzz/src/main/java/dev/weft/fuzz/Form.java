package dev.weft.fuzz;

import java.io.IOException;
import java.util.List;
import java.util.SplittableRandom;

/**
 * What inputs are made of: how one becomes another, and how one is kept in a file.
 *
 * @param <T> an input; immutable by agreement
 */
public interface Form<T> {
  /** Another input, out of one and, where that serves, parts of others. */
  T mutate(T input, List<T> others, SplittableRandom random);

  byte[] write(T input);

  T read(byte[] file) throws IOException;
}
