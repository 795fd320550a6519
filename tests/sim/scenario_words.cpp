#include "sim/scenario_words.h"

#include <algorithm>

namespace galen::sim {

void wrong(const std::string& what) {
  throw ScenarioError(what);
}

const std::string& word(const Words& words, std::size_t index) {
  if (index >= words.size()) wrong("a word is missing");
  return words[index];
}

std::uint64_t number(const std::string& word) {
  if (word.empty() ||
      !std::all_of(word.begin(), word.end(), [](char c) { return c >= '0' && c <= '9'; }))
    wrong("expected a number, found \"" + word + "\"");
  return std::stoull(word);
}

Micros duration(const std::string& word) {
  const std::size_t digits = word.find_first_not_of("0123456789");
  if (digits == std::string::npos || digits == 0)
    wrong("expected a duration, found \"" + word + "\"");
  const std::string unit = word.substr(digits);
  if (unit != "ms" && unit != "s") wrong("unknown unit in \"" + word + "\"");
  return number(word.substr(0, digits)) * (unit == "s" ? 1'000'000 : 1000);
}

}  // namespace galen::sim
