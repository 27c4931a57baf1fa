//! Picture quality after ISO/IEC 29794-5, one file per measure.
