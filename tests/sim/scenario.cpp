#include "sim/scenario.h"

#include "byzantine/catalogue.h"
#include "sim/scenario_drop.h"
#include "sim/scenario_words.h"

#include <algorithm>
#include <cctype>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <vector>

namespace galen::sim {

namespace {

class Scenario {
 public:
  explicit Scenario(bool print) : print_(print) {}

  void run(const std::string& text) {
    std::istringstream lines(text);
    std::string line;
    for (int at = 1; std::getline(lines, line); ++at) {
      if (const std::size_t comment = line.find('#'); comment != std::string::npos)
        line.resize(comment);
      std::istringstream in(line);
      Words words;
      for (std::string word; in >> word;) words.push_back(word);
      if (words.empty()) continue;
      line_ = std::to_string(at) + ": " + line;
      if (print_) std::printf("-- %s\n", line.c_str());
      execute(words);
    }
    line_ = "end";
    finish();
  }

  [[nodiscard]] const std::string& line() const { return line_; }

 private:
  void execute(const Words& words) {
    static const std::map<std::string, void (Scenario::*)(const Words&)> kSteps = {
        {"validators", &Scenario::validators},
        {"byzantine", &Scenario::byzantine},
        {"flaw", &Scenario::flaw},
        {"rotation", &Scenario::rotation},
        {"start", &Scenario::start},
        {"submit", &Scenario::submit},
        {"stream", &Scenario::stream},
        {"forget", &Scenario::forget},
        {"consent", &Scenario::consent},
        {"ask", &Scenario::ask},
        {"run", &Scenario::run_for},
        {"resend", &Scenario::resend},
        {"until", &Scenario::until},
        {"expect", &Scenario::expect},
        {"crash", &Scenario::crash},
        {"restart", &Scenario::restart},
        {"plan", &Scenario::plan},
        {"pause", &Scenario::pause},
        {"disk", &Scenario::disk},
        {"partition", &Scenario::partition},
        {"cut", &Scenario::cut},
        {"heal", &Scenario::heal},
        {"lag", &Scenario::lag},
        {"drop", &Scenario::drop},
        {"pass", &Scenario::pass},
        {"lose", &Scenario::lose},
        {"keep", &Scenario::keep},
        {"reset", &Scenario::reset},
        {"clone", &Scenario::clone},
        {"clock", &Scenario::clock}};
    const auto step = kSteps.find(words[0]);
    if (step == kSteps.end()) wrong("unknown step \"" + words[0] + "\"");
    (this->*step->second)(words);
  }

  Simulation& sim() {
    if (!simulation_) wrong("the consortium has not started");
    return *simulation_;
  }

  std::size_t node(const std::string& text) {
    const std::uint64_t value = number(text);
    if (value >= (simulation_ ? simulation_->size() : mix_.validators))
      wrong("there is no node " + text);
    return value;
  }

  /// Nodes named from `first` on; all that are up when none is.
  std::vector<std::size_t> nodes(const Words& words, std::size_t first) {
    std::vector<std::size_t> found;
    for (std::size_t i = first; i < words.size(); ++i) found.push_back(node(words[i]));
    if (!found.empty()) return found;
    for (std::size_t i = 0; i < sim().size(); ++i) {
      if (sim().process(i).up()) found.push_back(i);
    }
    return found;
  }

  void validators(const Words& words) {
    mix_.validators = number(word(words, 1));
    if (mix_.validators < 4 || mix_.validators > 20) wrong("4 to 20 validators");
    mix_.flaws.assign(mix_.validators, Flaw::kNone);
  }

  void byzantine(const Words& words) {
    const std::size_t who = node(word(words, 1));
    strategies_[who] = Words(words.begin() + 2, words.end());
    mix_.flaws[who] = Flaw::kByzantine;
  }

  /// Tells the invariants that this member will not be a correct one.
  void flaw(const Words& words) {
    for (int i = 0; i <= static_cast<int>(Flaw::kBitRot); ++i) {
      if (word(words, 2) == name(static_cast<Flaw>(i))) {
        mix_.flaws[node(word(words, 1))] = static_cast<Flaw>(i);
        return;
      }
    }
    wrong("unknown flaw \"" + words[2] + "\"");
  }

  void rotation(const Words& words) { mix_.rotation_ms = duration(word(words, 1)) / 1000; }

  void start(const Words&) {
    if (mix_.flaws.empty()) mix_.flaws.assign(mix_.validators, Flaw::kNone);
    mix_.directed = true;
    mix_.delay_mean = 1000;
    mix_.disk_mean = 300;
    simulation_ = std::make_unique<Simulation>(mix_, Rng(1), print_);
    simulation_->restarts_itself = false;
    simulation_->filter = [this](std::size_t from, ValidatorIndex to, const Packet& packet) {
      note_vote(packet);
      bool passes = true;
      for (Drop& drop : drops_) {
        if (!matches(drop, from, to, packet)) continue;
        ++drop.taken;
        passes = false;
      }
      return passes;
    };
    for (const auto& [who, names] : strategies_) {
      if (!simulation_->be_byzantine(who, names)) wrong("unknown strategy");
    }
    simulation_->start_all();
  }

  /// submit HOSPITAL [to NODE...]
  void submit(const Words& words) {
    const std::size_t hospital = number(word(words, 1));
    const std::size_t wanted = sim().clients().want(hospital % mix_.validators, sim().now());
    submitted_.push_back(wanted);
    std::vector<std::size_t> to =
        words.size() > 3 ? nodes(words, 3) : std::vector<std::size_t>{hospital};
    for (const std::size_t number : to) sim().submitter()(number, sim().clients().bytes(wanted));
  }

  /// stream N: so many transactions, each sent to all nodes that are up when the one before has
  /// committed
  void stream(const Words& words) {
    for (std::uint64_t i = 0; i < number(word(words, 1)); ++i)
      commit(sim().clients().want(i % mix_.validators, sim().now()));
  }

  /// Sent to all nodes that are up.
  void commit(std::size_t wanted) {
    for (const std::size_t to : nodes({}, 0)) sim().submitter()(to, sim().clients().bytes(wanted));
    const auto is_committed = [this, wanted] {
      return sim().invariants().committed(sim().clients().id(wanted)).has_value();
    };
    if (!sim().run_until(is_committed, 60'000'000)) wrong("it did not commit in 60 s");
  }

  std::size_t hospital(const Words& words, std::size_t index) {
    return number(word(words, index)) % mix_.validators;
  }

  /// consent HOSPITAL to HOSPITAL for DURATION: a new patient of the first lets the second, with a
  /// new doctor, read his one record until then
  void consent(const Words& words) {
    const std::size_t by = hospital(words, 1);
    const std::size_t to = hospital(words, 3);
    commit(sim().clients().want(by, sim().now()));
    for (const Step step : {Step::kRecord, Step::kDoctor, Step::kGrant}) {
      commit(sim().clients().want_step(
          step, step == Step::kDoctor ? to : by, to, sim().now(), duration(word(words, 5))));
    }
    doctors_.insert(to);
  }

  /// ask HOSPITAL: its doctor asks for the newest patient's record
  void ask(const Words& words) {
    if (doctors_.count(hospital(words, 1)) == 0) wrong("it has no doctor yet: see consent");
    commit(sim().clients().want_step(Step::kAccess, hospital(words, 1), 0, sim().now(), 0));
  }

  /// forget HOSPITAL: asks for the erasure of the patient who came last and orders it
  void forget(const Words& words) {
    for (int step = 0; step < 2; ++step)
      commit(sim().clients().want_erasure(hospital(words, 1), sim().now()));
  }

  /// resend NODE...: everything submitted so far, the same bytes
  void resend(const Words& words) {
    for (const std::size_t to : nodes(words, 1)) {
      for (const std::size_t wanted : submitted_)
        sim().submitter()(to, sim().clients().bytes(wanted));
    }
  }

  void run_for(const Words& words) {
    (void)sim().run_until([] { return false; }, duration(word(words, 1)));
  }

  /// A condition: height N | view N | votes N | fresh N | evidence N | committed | same-heads |
  /// down, on [NODES]; permitted or refused: the last access; one-block HEIGHT; states-taken N, or
  /// more, by anybody. evidence = N: stored, against member N and nobody else. one-block: every
  /// PREPARE at the height, in two views or more, names the same block.
  std::function<bool()> condition(const Words& words, std::size_t at) {
    const std::string what = word(words, at);
    if (what == "committed") {
      return [this] {
        return std::all_of(submitted_.begin(), submitted_.end(), [this](std::size_t wanted) {
          return sim().invariants().committed(sim().clients().id(wanted)).has_value();
        });
      };
    }
    if (what == "same-heads") {
      const auto who = nodes(words, at + 1);
      return [this, who] {
        return std::all_of(who.begin(), who.end(), [this](std::size_t i) {
          return sim().process(i).height() == sim().invariants().height();
        });
      };
    }
    if (what == "down") {
      const auto who = nodes(words, at + 1);
      return [this, who] {
        return std::none_of(
            who.begin(), who.end(), [this](std::size_t i) { return sim().process(i).up(); });
      };
    }
    if (what == "permitted" || what == "refused") {
      return [this, what] { return sim().invariants().last_permit() == (what == "permitted"); };
    }
    if (what == "states-taken") {
      const std::uint64_t least = number(word(words, at + 1));
      return [this, least] { return sim().invariants().states_taken() >= least; };
    }
    if (what == "one-block") {
      const Height height{number(word(words, at + 1))};
      return [this, height] {
        const auto& blocks = voted_[height];
        return blocks.size() == 1 && blocks.begin()->second.size() >= 2;
      };
    }
    const std::string relation = word(words, at + 1);
    const std::uint64_t value = number(word(words, at + 2));
    const auto who = nodes(words, at + 3);
    if (relation != "=" && relation != ">=") wrong("a relation is = or >=");
    if (what != "height" && what != "view" && what != "votes" && what != "fresh" &&
        what != "evidence")
      wrong("unknown condition \"" + what + "\"");
    return [this, what, relation, value, who] {
      return std::all_of(who.begin(), who.end(), [&](std::size_t i) {
        Process& process = sim().process(i);
        if (what == "evidence")
          return process.accused() == std::set{ValidatorIndex{static_cast<std::uint16_t>(value)}};
        if (what == "fresh") return process.up() && process.fresh() == (value != 0);
        if (what == "votes") return process.up() && process.status().may_vote == (value != 0);
        const std::uint64_t is = what == "height" ? process.height().value : process.view().value;
        return relation == "=" ? is == value : is >= value;
      });
    };
  }

  /// until CONDITION [within DURATION is 60s]
  void until(const Words& words) {
    if (!sim().run_until(condition(words, 1), 60'000'000)) wrong("it did not come to that in 60 s");
  }

  void expect(const Words& words) {
    if (!condition(words, 1)()) wrong("it is not so");
  }

  void crash(const Words& words) {
    for (const std::size_t i : nodes(words, 1)) sim().crash(i, "crashed by the scenario");
  }

  void restart(const Words& words) {
    for (std::size_t i = 1; i < words.size(); ++i) sim().restart(node(words[i]));
    if (words.size() > 1) return;
    for (std::size_t i = 0; i < sim().size(); ++i) sim().restart(i);
  }

  /// plan NODE dies before|within|after vote|apply [COUNT is 1]: the COUNT-th from now on
  void plan(const Words& words) {
    static const std::map<std::string, CrashPoint> kPoints = {{"before", CrashPoint::kBefore},
                                                              {"within", CrashPoint::kWithin},
                                                              {"after", CrashPoint::kAfter}};
    const auto point = kPoints.find(word(words, 3));
    if (point == kPoints.end()) wrong("before, within or after");
    const std::uint64_t count = words.size() > 5 ? number(words[5]) : 1;
    sim().plan_crash(node(word(words, 1)), {point->second, word(words, 4) == "apply", count});
  }

  void pause(const Words& words) { sim().pause(node(word(words, 1)), duration(word(words, 2))); }

  /// disk NODE full|room
  void disk(const Words& words) {
    const bool full = word(words, 2) == "full";
    if (!full && words[2] != "room") wrong("a disk is full or has room");
    sim().process(node(word(words, 1))).fill_disk(full);
  }

  /// partition A B / C D   (with "one-way" first, the first group is deaf)
  void partition(const Words& words) {
    std::vector<std::vector<std::size_t>> groups(1);
    bool one_way = false;
    for (std::size_t i = 1; i < words.size(); ++i) {
      if (words[i] == "one-way") {
        one_way = true;
      } else if (words[i] == "/") {
        groups.emplace_back();
      } else {
        groups.back().push_back(node(words[i]));
      }
    }
    sim().links().partition(groups, one_way);
  }

  void cut(const Words& words) {
    sim().links().at(node(word(words, 1)), node(word(words, 2))).cut_until = ~Micros{0};
  }

  /// lag TO DURATION: whatever that node hears comes so much later
  void lag(const Words& words) {
    const std::size_t late = node(word(words, 1));
    for (std::size_t i = 0; i < sim().size(); ++i)
      sim().links().at(i, late).lag = duration(word(words, 2));
  }

  void heal(const Words&) {
    sim().links().heal();
    sim().reconnect_all();
  }

  /// drop TYPE [from N] [to N] [view N] [height N]
  void drop(const Words& words) {
    Drop made{word(words, 1), {}, {}, {}, {}, line_, 0};
    for (std::size_t i = 2; i + 1 < words.size(); i += 2) {
      const std::uint64_t value = number(words[i + 1]);
      if (words[i] == "from") {
        made.from = value;
      } else if (words[i] == "to") {
        made.to = value;
      } else if (words[i] == "view") {
        made.view = value;
      } else if (words[i] == "height") {
        made.height = value;
      } else {
        wrong("unknown \"" + words[i] + "\"");
      }
    }
    drops_.push_back(made);
  }

  void pass(const Words&) {
    for (const Drop& drop : drops_) {
      if (drop.taken == 0) wrong("nothing was dropped by line " + drop.line);
    }
    drops_.clear();
  }

  /// Which blocks are voted for at a height, in which views.
  void note_vote(const Packet& packet) {
    const auto* vote = packet.message ? std::get_if<pbft::Vote>(&*packet.message) : nullptr;
    if (vote == nullptr || vote->subject.type != ledger::VoteType::kPrepare) return;
    voted_[vote->subject.height][vote->subject.block].insert(vote->subject.view);
  }

  /// lose journal|ledger NODE, while it is down
  void lose(const Words& words) {
    Process& process = sim().process(node(word(words, 2)));
    if (process.up()) wrong("it runs");
    if (words[1] == "journal") return process.lose_journal();
    if (words[1] != "ledger") wrong("journal or ledger");
    process.lose_ledger();
  }

  /// keep NODE...: copies of their ledgers
  void keep(const Words& words) {
    for (const std::size_t i : nodes(words, 1)) sim().process(i).keep_ledger();
  }

  /// reset NODE...: their ledgers are those kept, while they are down; their journals stay
  void reset(const Words& words) {
    for (std::size_t i = 1; i < words.size(); ++i) {
      Process& process = sim().process(node(words[i]));
      if (process.up()) wrong("it runs");
      process.restore_ledger();
    }
  }

  void clone(const Words& words) { sim().restart(sim().clone(node(word(words, 1)))); }

  /// clock NODE MILLISECONDS [behind]
  void clock(const Words& words) {
    const auto offset = static_cast<std::int64_t>(duration(word(words, 2)) / 1000);
    sim().process(node(words[1])).clock_offset_ms = words.size() > 3 ? -offset : offset;
  }

  /// Whatever happened, the chain replays; and what the scenario planned has happened.
  void finish() {
    if (const auto left = sim().unhappened())
      wrong("node " + std::to_string(*left) + " never came to what was planned");
    pass({});
    std::vector<std::pair<Height, const galen::test::MemoryState*>> states;
    for (std::size_t i = 0; i < sim().size(); ++i)
      states.emplace_back(sim().process(i).height(), &sim().process(i).ledger().state);
    sim().invariants().check_replay(states);
  }

  bool print_;
  std::string line_;
  Mix mix_;
  std::map<std::size_t, Words> strategies_;
  std::vector<Drop> drops_;
  std::vector<std::size_t> submitted_;
  std::set<std::size_t> doctors_;  ///< hospitals with one
  std::map<Height, std::map<BlockHash, std::set<View>>> voted_;
  std::unique_ptr<Simulation> simulation_;
};

}  // namespace

std::string run_scenario(const std::string& text, bool print) {
  Scenario scenario(print);
  try {
    scenario.run(text);
  } catch (const ScenarioError& error) {
    return "line " + scenario.line() + ": " + error.what();
  } catch (const Violation& violation) {
    return "line " + scenario.line() + ": " + violation.what();
  }
  return {};
}

}  // namespace galen::sim
