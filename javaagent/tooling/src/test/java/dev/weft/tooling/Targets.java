package dev.weft.tooling;

import java.util.List;
import java.util.function.Supplier;

/** Code of all shapes, to be woven. */
@SuppressWarnings("unused")
public class Targets {
  static int shared = 1;

  private final String name;
  private long count = 3;
  private Object anything = "any";

  public Targets(String name, int times) {
    // Before the superclass's constructor has returned there are frames with an unfinished this.
    this(times > 1 ? name + times : name, List.of(times), 0.5);
  }

  Targets(String name, List<Integer> list, double half) {
    super();
    int sum = 0;
    for (int value : list) {
      sum += value;
    }
    this.name = name + sum + half;
  }

  public String name() {
    return name;
  }

  public void nothing() {
    count++;
  }

  public int number(int a, long b, byte c) {
    int sum = a;
    for (long i = 0; i < b; i++) {
      if (i == 2) {
        continue;
      }
      sum += c;
    }
    return sum;
  }

  public long both(double a, long b, String text) {
    a = a * 2;
    b += text.length();
    text = text + a;
    return text.length() > 5 ? b + text.length() : count;
  }

  public static double statics(float a, double b, Object... more) {
    double sum = a + b;
    for (Object one : more) {
      try {
        sum += Double.parseDouble(String.valueOf(one));
      } catch (NumberFormatException e) {
        sum -= shared;
      } finally {
        shared++;
      }
    }
    return sum;
  }

  public synchronized String thrower(String text) {
    synchronized (this) {
      if (text == null) {
        throw new IllegalArgumentException("null " + count);
      }
      Supplier<String> later = () -> text + count;
      try {
        return later.get().substring(2);
      } catch (IndexOutOfBoundsException e) {
        count = -1;
        return "short";
      }
    }
  }

  public boolean switching(String text) {
    return switch (text) {
      case "a", "b" -> true;
      case "c" -> {
        Object copy = anything;
        yield copy instanceof String s && s.isEmpty();
      }
      default -> throw new IllegalStateException(text);
    };
  }

  public int[] array(int size) {
    int[] made = new int[size];
    long[][] grid = new long[size][2];
    for (int i = 0; i < size; i++) {
      grid[i][1] = i;
      made[i] = (int) (grid[i][1] * i) << 1;
    }
    return made;
  }

  public char letter(float a) {
    return a > 1 ? 'x' : (char) ('a' + (int) a);
  }

  @Override
  public String toString() {
    return name + " " + count + " " + anything;
  }
}
