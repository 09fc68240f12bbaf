/**
 * What goes round an attempt, the same for every client library: its facts are read, its timer
 * runs, its outcome is told once ({@code Try}); a delay, a retry, an answer, a copy come before and
 * after it. {@link dev.weft.drive.Drive} hands drivers to adapters over the bridge, and is where a
 * fault of ours ends. What there is to decide is decided by a {@link dev.weft.drive.Source}.
 *
 * <p>And what comes in, the same for every server library: the bytes of a connection ({@code Peek},
 * {@code TlsPump}) and the life of a request, behind {@link dev.weft.drive.GuardedListener}; a
 * {@link dev.weft.drive.Gate} decides.
 */
@NullMarked
package dev.weft.drive;

import org.jspecify.annotations.NullMarked;
