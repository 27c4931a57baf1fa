//! Progress and rejections of register imports.
