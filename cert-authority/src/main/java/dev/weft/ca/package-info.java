/**
 * The certificate authority: root, intermediates, issuing, and the join tokens that a first
 * certificate costs. The only place that uses BouncyCastle; it has no I/O of its own but key files
 * (state goes through {@link dev.weft.ca.CaStore} and {@link dev.weft.ca.TokenStore}).
 */
@NullMarked
package dev.weft.ca;

import org.jspecify.annotations.NullMarked;
