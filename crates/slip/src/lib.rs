//! A slip as text, ESC/POS bytes, SVG and PNG, and the printer that takes it.
