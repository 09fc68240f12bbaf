package com.example.perf;

/** A program that makes no call and takes none. */
public final class Hello {
  private Hello() {}

  public static void main(String[] arguments) {
    System.out.println("hello");
  }
}
