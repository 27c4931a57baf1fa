//! Every way to change one bit of some bytes, and every way to cut them.

/// Calls `refused` with each flip of one bit and each shorter beginning of `bytes`; all must be refused. Gives how many there were.
pub(crate) fn damaged(bytes: &[u8], mut refused: impl FnMut(&[u8]) -> bool) -> usize {
    let mut tried = 0;
    for at in 0..bytes.len() {
        let mut changed = bytes.to_vec();
        for bit in 0..8 {
            changed[at] = bytes[at] ^ (1 << bit);
            assert!(refused(&changed), "bit {bit} of byte {at} flipped unseen");
        }
        assert!(refused(&bytes[..at]), "cut after {at} bytes unseen");
        tried += 9;
    }
    let longer = [bytes, &[0]].concat();
    assert!(refused(&longer), "a byte more unseen");
    tried + 1
}

/// The same for a text, where a change that leaves no text is refused by itself.
pub(crate) fn damaged_text(text: &str, mut refused: impl FnMut(&str) -> bool) -> usize {
    damaged(text.as_bytes(), |bytes| std::str::from_utf8(bytes).map_or(true, &mut refused))
}
