package dev.weft.fuzz;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Shows a target many inputs, and fails with the first that it does not bear. To be used by tests
 * that are called {@code *FuzzTest}, of which {@code bin/test --fuzz MINUTES} runs only those.
 *
 * <ul>
 *   <li>First what was found once: every file of the test resource folder {@code fuzz/NAME}.
 *   <li>Then inputs made of the seeds: a few thousand, the same each time; or, if the system
 *       property {@value #MINUTES} is set, others for so many minutes. What leads to an outcome
 *       that no input had before is itself made more of.
 * </ul>
 *
 * <p>An input that fails is written to {@code target/fuzz/NAME}, and moves from there to the
 * resources when its cause is mended. So does one that takes more than half a minute.
 *
 * @param <T> an input
 */
public final class Fuzz<T> {
  /** How long each target is tried; 0, or not set, for the short run. */
  public static final String MINUTES = "weft.fuzz.minutes";

  private static final int SHORT_RUN = 4_000;
  private static final int MAX_POOL = 2_000;
  private static final long SEED = 20_260_101;
  private static final Duration STUCK = Duration.ofSeconds(30);

  /** What is tried. */
  public interface Target<T> {
    /**
     * Throws if the input does harm.
     *
     * @return what came of the input, in a few words that many inputs have in common; null to say
     *     nothing
     */
    @Nullable Object accept(T input) throws Exception;
  }

  private final String name;
  private final Form<T> form;
  private final List<T> pool = new ArrayList<>();
  private final Set<Object> outcomes = new HashSet<>();
  private volatile @Nullable T current;
  private volatile long since;

  private Fuzz(String name, Form<T> form) {
    this.name = name;
    this.form = form;
  }

  /**
   * Tries a target.
   *
   * @param name of the folder of cases; unique in the module
   * @param seeds proper inputs, from which others are made; at least one
   * @throws AssertionError with where the input is that failed, caused by what was thrown
   */
  public static <T> void run(String name, Form<T> form, List<T> seeds, Target<T> target) {
    run(name, form, seeds, SHORT_RUN, target);
  }

  /**
   * Tries a target that takes its time.
   *
   * @param shortRun how many inputs the short run makes
   */
  public static <T> void run(
      String name, Form<T> form, List<T> seeds, int shortRun, Target<T> target) {
    if (seeds.isEmpty()) {
      throw new IllegalArgumentException("seeds: none (expected: at least one)");
    }
    new Fuzz<>(name, form).run(seeds, shortRun, target);
  }

  private void run(List<T> seeds, int shortRun, Target<T> target) {
    Thread watch = new Thread(this::watch, "fuzz-watch");
    watch.setDaemon(true);
    watch.start();
    try {
      for (Path file : cases()) {
        T input = form.read(Files.readAllBytes(file));
        pool.add(input);
        attempt(input, target, "case " + file.getFileName());
      }
      for (T seed : seeds) {
        pool.add(seed);
        attempt(seed, target, "seed");
      }
      int minutes = Integer.getInteger(MINUTES, 0);
      if (minutes > 0) {
        long deadline = System.nanoTime() + Duration.ofMinutes(minutes).toNanos();
        long seed = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        long count = 0;
        for (; System.nanoTime() < deadline; count++) {
          next(random, target, "seed " + seed + ", input " + count);
        }
        System.out.printf("%s: %d inputs, %d outcomes%n", name, count, outcomes.size());
      } else {
        SplittableRandom random = new SplittableRandom(SEED);
        for (int i = 0; i < shortRun; i++) {
          next(random, target, "input " + i);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the cases of " + name, e);
    } finally {
      watch.interrupt();
    }
  }

  private void next(SplittableRandom random, Target<T> target, String what) {
    T input = form.mutate(pool.get(random.nextInt(pool.size())), pool, random);
    if (attempt(input, target, what) && pool.size() < MAX_POOL) {
      pool.add(input);
    }
  }

  /** Whether the outcome is a new one. */
  private boolean attempt(T input, Target<T> target, String what) {
    since = System.nanoTime();
    current = input;
    try {
      Object outcome = target.accept(input);
      return outcome != null && outcomes.add(outcome);
    } catch (Throwable e) {
      throw new AssertionError(name + ", " + what + ", kept as " + keep(input) + ": " + e, e);
    } finally {
      current = null;
    }
  }

  private void watch() {
    while (true) {
      try {
        Thread.sleep(1_000);
      } catch (InterruptedException e) {
        return;
      }
      T input = current;
      if (input != null && System.nanoTime() - since > STUCK.toNanos()) {
        System.err.println(name + ": an input takes for ever, kept as " + keep(input));
        return;
      }
    }
  }

  private Path keep(T input) {
    byte[] bytes = form.write(input);
    try {
      Path folder = Files.createDirectories(Path.of("target", "fuzz", name));
      String hash = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
      return Files.write(folder.resolve(hash.substring(0, 12)), bytes).toAbsolutePath();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot keep an input of " + name, e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  private List<Path> cases() throws IOException {
    URL folder = Thread.currentThread().getContextClassLoader().getResource("fuzz/" + name);
    if (folder == null) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(Path.of(new URI(folder.toString())))) {
      return files.sorted().toList();
    } catch (URISyntaxException e) {
      throw new IOException("not a folder: " + folder, e);
    }
  }
}
