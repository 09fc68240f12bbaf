@NullMarked
package com.example.perf;

import org.jspecify.annotations.NullMarked;
