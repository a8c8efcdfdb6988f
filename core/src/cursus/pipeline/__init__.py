"""Plan -> pipeline definition: code bundles, rendering, checks, and the compiler that joins them."""
