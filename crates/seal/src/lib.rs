//! All cryptography of Countenance: key ring, sealed records, renewable templates, Merkle log, signatures, tokens.
