/// Numbers without chance: xorshift64*.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// The same seed gives the same numbers.
    pub fn new(seed: u64) -> Random {
        Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// The next number.
    pub fn number(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number below `bound`; 0 if that is 0.
    pub fn below(&mut self, bound: usize) -> usize {
        if bound == 0 { 0 } else { (self.number() >> 16) as usize % bound }
    }
}

/// Spoils valid inputs the way files are spoiled, and the way that finds bugs.
#[derive(Debug, Clone)]
pub struct Mutator {
    random: Random,
}

/// Numbers at which arithmetic goes wrong.
const EDGES: [u64; 14] = [
    0,
    1,
    7,
    8,
    16,
    0x7f,
    0xff,
    0x7fff,
    0xffff,
    0x7fff_ffff,
    0xffff_ffff,
    0x7fff_ffff_ffff_ffff,
    0xffff_ffff_ffff_fff0,
    u64::MAX,
];

impl Mutator {
    /// The same seed spoils in the same way.
    pub fn new(seed: u64) -> Mutator {
        Mutator { random: Random::new(seed) }
    }

    /// One of the seeds with one to eight changes.
    pub fn spoil(&mut self, seeds: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = seeds.get(self.random.below(seeds.len())).cloned().unwrap_or_default();
        for _ in 0..=self.random.below(8) {
            self.change(&mut bytes, seeds);
        }
        bytes
    }

    fn change(&mut self, bytes: &mut Vec<u8>, seeds: &[Vec<u8>]) {
        let at = self.random.below(bytes.len());
        let length = self.random.below(64).min(bytes.len() - at);
        match self.random.below(8) {
            0 => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << self.random.below(8);
                }
            }
            1 => bytes.truncate(at),
            2 => {
                bytes.drain(at..at + length);
            }
            3 => {
                let piece = bytes[at..at + length].to_vec();
                let to = self.random.below(bytes.len());
                bytes.splice(to..to, piece);
            }
            4 => bytes[at..at + length].fill(0),
            5 => {
                let other = seeds.get(self.random.below(seeds.len())).map(Vec::as_slice).unwrap_or_default();
                let from = self.random.below(other.len());
                let piece = other[from..(from + length).min(other.len())].to_vec();
                bytes.splice(at..at + length, piece);
            }
            6 => {
                let byte = self.random.number() as u8;
                if let Some(place) = bytes.get_mut(at) {
                    *place = byte;
                }
            }
            _ => {
                // Most numbers of a perf.data lie at a multiple of their size.
                let width = 1 << self.random.below(4);
                let at = at / width * width;
                let edge = EDGES[self.random.below(EDGES.len())];
                if let Some(place) = bytes.get_mut(at..at + width) {
                    if self.random.below(2) == 0 {
                        place.copy_from_slice(&edge.to_le_bytes()[..width]);
                    } else {
                        place.copy_from_slice(&edge.to_be_bytes()[8 - width..]);
                    }
                }
            }
        }
    }
}
