package dev.weft.systemtests;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.LifecycleMethodExecutionExceptionHandler;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;

/**
 * Where a class's processes run: a folder, and their end. What a test starts ends with the test;
 * what is started before all of them ends after all of them. A failure shows what the processes
 * printed.
 */
final class Sandbox
    implements BeforeAllCallback,
        BeforeEachCallback,
        AfterEachCallback,
        AfterAllCallback,
        TestExecutionExceptionHandler,
        LifecycleMethodExecutionExceptionHandler {
  private final Deque<Child> children = new ArrayDeque<>();
  private int sharedChildren;
  private @Nullable Path folder;
  private boolean failed;

  /** The working folder of the class. */
  Path folder() {
    if (folder == null) {
      throw new IllegalStateException("only while a test runs");
    }
    return folder;
  }

  Child start(String name, ProcessBuilder builder) {
    Child child = Child.start(name, builder, folder());
    children.push(child);
    return child;
  }

  /** The process of that name that was started last. */
  Child named(String name) {
    return children.stream()
        .filter(child -> child.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("no process is called " + name));
  }

  @Override
  public void beforeAll(ExtensionContext context) throws IOException {
    Path all = Files.createDirectories(Built.TARGET.resolve("sandboxes"));
    folder = Files.createTempDirectory(all, context.getRequiredTestClass().getSimpleName() + "-");
    Runtime.getRuntime().addShutdownHook(new Thread(() -> endAllBut(0)));
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    sharedChildren = children.size();
  }

  @Override
  public void afterEach(ExtensionContext context) {
    endAllBut(sharedChildren);
  }

  @Override
  public void afterAll(ExtensionContext context) throws IOException {
    endAllBut(0);
    if (!failed) {
      delete(folder());
    }
  }

  @Override
  public void handleTestExecutionException(ExtensionContext context, Throwable e) throws Throwable {
    throw withOutput(e);
  }

  @Override
  public void handleBeforeAllMethodExecutionException(ExtensionContext context, Throwable e)
      throws Throwable {
    throw withOutput(e);
  }

  @Override
  public void handleBeforeEachMethodExecutionException(ExtensionContext context, Throwable e)
      throws Throwable {
    throw withOutput(e);
  }

  private Throwable withOutput(Throwable e) {
    failed = true;
    StringBuilder told = new StringBuilder("what the processes printed, in " + folder + ":\n");
    for (Child child : children) {
      told.append(child.told());
    }
    e.addSuppressed(new Output(told.toString()));
    return e;
  }

  private synchronized void endAllBut(int kept) {
    while (children.size() > kept) {
      children.pop().end();
    }
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> tree = Files.walk(folder)) {
      List<Path> leavesFirst = tree.sorted(Comparator.reverseOrder()).toList();
      for (Path path : leavesFirst) {
        Files.deleteIfExists(path);
      }
    }
  }

  /** Carries text into a failure's report. */
  private static final class Output extends Exception {
    private static final long serialVersionUID = 1L;

    Output(String text) {
      super(text, null, false, false);
    }
  }
}
