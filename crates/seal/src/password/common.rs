//! Which passwords anyone would try first.

/// Common passwords of which a longer one is often made, lower case: what published lists of leaked passwords have in common, in English and
/// Chinese, and the words of this program.
#[rustfmt::skip]
const WORDS: &[&str] = &[
    "password", "passwort", "passw0rd", "p@ssword", "p@ssw0rd", "pa$$word", "letmein", "welcome", "welcometo",
    "login", "admin", "administrator", "root", "superuser", "changeme", "default", "secret", "topsecret",
    "mysecret", "master", "sunshine", "princess", "dragon", "monkey", "football", "baseball", "basketball",
    "soccer", "hockey", "iloveyou", "loveyou", "ilove", "iloveu", "lovely", "superman", "batman", "spiderman",
    "starwars", "pokemon", "trustno", "trustnoone", "shadow", "michael", "jennifer", "jordan", "jessica", "ashley",
    "charlie", "thomas", "daniel", "andrew", "joshua", "matthew", "robert", "hunter", "ranger", "buster", "killer",
    "harley", "tigger", "ginger", "pepper", "cookie", "cheese", "chocolate", "butterfly", "flower", "purple",
    "orange", "summer", "winter", "spring", "autumn", "monday", "friday", "january", "december", "computer",
    "internet", "samsung", "google", "facebook", "microsoft", "windows", "apple", "iphone", "android", "whatever",
    "freedom", "nothing", "something", "hello", "helloworld", "hellothere", "access", "mustang", "corvette",
    "ferrari", "porsche", "mercedes", "yankees", "cowboys", "eagles", "lakers", "steelers", "liverpool", "chelsea",
    "arsenal", "barcelona", "juventus", "correcthorsebatterystaple", "correcthorsebattery", "thequickbrownfox",
    "thequickbrownfoxjumps", "tobeornottobe", "letmeinplease", "opensesame", "woaini", "woaiwojia", "wodemima",
    "nihao", "zhongguo", "woshishei", "aini", "taiwan", "beijing", "shanghai", "taipei", "mima", "china", "asdf",
    "qwer", "zxcv", "test", "testing", "tester", "temp", "temporary", "guest", "user", "username", "user1", "demo",
    "public", "office", "counter", "station", "police", "government", "register", "registry", "household",
    "identity", "service", "services", "clerk", "supervisor", "auditor", "operator", "我爱你", "密码", "密碼", "管理员",
    "管理員",
];

/// The alphabet, and the ways along a keyboard.
const RUNS: &[&str] = &[
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik",
    "1q2w3e4r5t6y7u8i9o0p",
    "qwertzuiop",
    "azertyuiop",
];

/// Shortest run that counts, in letters.
const RUN_MIN: usize = 4;
/// A group of at most so many letters that is repeated, and a password of fewer different ones, are common.
const VARIETY_MIN: usize = 4;

/// True if a password is one of the first that anyone would try for `login`.
pub(super) fn is_common(password: &str, login: &str) -> bool {
    let text: Vec<char> = password.to_lowercase().chars().collect();
    let unit = period(&text);
    let different: std::collections::BTreeSet<&char> = unit.iter().collect();
    if (unit.len() <= VARIETY_MIN && unit.len() < text.len()) || different.len() < VARIETY_MIN || is_runs(unit) {
        return true;
    }
    let (whole, login): (String, String) = (unit.iter().collect(), login.to_lowercase());
    let core = whole.trim_matches(|c: char| !c.is_alphabetic());
    [&whole, core].iter().any(|word| WORDS.contains(word) || *word == login || *word == "countenance")
}

/// The shortest beginning of which `text` is a repetition.
fn period(text: &[char]) -> &[char] {
    let repeats = |length: usize| text.chunks(length).all(|part| part == &text[..length]);
    let length = (1..=text.len()).find(|&length| repeats(length)).unwrap_or(text.len());
    &text[..length]
}

/// True if `text` is nothing but runs along [`RUNS`], there or back.
fn is_runs(text: &[char]) -> bool {
    let there = RUNS.iter().map(|run| run.chars().collect::<Vec<_>>());
    let back = RUNS.iter().map(|run| run.chars().rev().collect());
    let runs: Vec<Vec<char>> = there.chain(back).collect();
    let mut rest = text;
    while !rest.is_empty() {
        let longest = runs.iter().map(|run| common_run(rest, run)).max().unwrap_or(0);
        if longest < RUN_MIN.min(rest.len()) {
            return false;
        }
        rest = &rest[longest..];
    }
    true
}

/// How many letters of `text` follow `run` from where its first letter stands.
fn common_run(text: &[char], run: &[char]) -> usize {
    let start = run.iter().position(|c| text.first() == Some(c)).unwrap_or(run.len());
    text.iter().zip(&run[start..]).take_while(|(a, b)| a == b).count()
}
