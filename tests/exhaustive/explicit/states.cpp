// Prints every state that the explicit-state model of the consensus rules can reach, one a line in
// the words of SharedModel's test (shared_model_test.cpp), which compiles this file with
//   -DMODEL="path of mc.cpp" -DNN=4 -DVV=<views> -DHH=1
// and runs it with: id of the Byzantine member, crashes allowed in all.
#define main model_main
#include MODEL
#undef main

#include <deque>
#include <unordered_set>

namespace {

/// The blocks of one honest primary in one view are one block: it signs no second one.
int payload_of(int block) {
  return prim(orig(block)) == BYZ ? 1 + (block - 1) % 2 : 0;
}

std::string block_text(int block) {
  if (block == 0) return "-";
  return std::to_string(orig(block)) + "." + std::to_string(payload_of(block));
}

std::string outcome_text(int outcome) {
  return std::to_string(oB(outcome)) + ":" + block_text(oF(outcome));
}

std::string change_text(int code) {
  if (code == 0) return "-";
  std::string out = std::to_string(vH(code)) + ":" + block_text(vBk(code));
  if (vBk(code) != 0) out += "@" + std::to_string(vV(code));
  return out;
}

std::string text(const State& s) {
  std::string out;
  for (int i = 0; i < NH; ++i) {
    const Rep& r = s.r[i];
    out += std::to_string(hon[i]) + " view " + std::to_string(r.act);
    out += " entered " + (r.app[0] != 0 || (r.an & 0x80) != 0 ? "-" : outcome_text(r.an));
    out += " applied " + (r.app[0] == 0
                              ? std::string("-")
                              : block_text(aB(r.app[0])) + "@" + std::to_string(aV(r.app[0])));
    for (int v = 0; v < V; ++v) {
      out += " P " + (r.P[v][0] == 0 ? "-" : block_text(low(r.P[v][0])));
      out += " C " + (r.C[v][0] == 0 ? "-" : block_text(low(r.C[v][0])));
      out += " VC " + change_text(r.vc[v]);
      out += " NV " + (prim(v) == hon[i] && s.hnv[v] != 0 ? outcome_text(s.hnv[v]) : "-");
    }
    out += "; ";
  }
  return out;
}

struct Reached {
  State state;
  unsigned crashes;
};

std::string key(const Reached& reached) {
  std::string out(reinterpret_cast<const char*>(&reached.state), sizeof(State));
  return out + static_cast<char>(reached.crashes);
}

/// Whether primary i can choose Q VIEW-CHANGEs for v with this outcome, its own among them.
bool includes_own(const State& s, const Tab& t, int i, int v, int outcome) {
  if (s.r[i].vc[v] == 0) return false;
  bool found = false;
  std::vector<int> byzantine;
  for (int h = 0; h <= t.maxc; ++h) {
    byzantine.push_back(vcc(h, 0, 0));
    for (int w = 0; h < H && w < v; ++w) {
      for (int b = 1; b <= 8; ++b) {
        if ((t.pc[w][h] & bit(b)) != 0) byzantine.push_back(vcc(h, w, b));
      }
    }
  }
  const auto check = [&](const std::vector<int>& chosen) {
    select(chosen.data(), static_cast<int>(chosen.size()), [&](int o) { found |= o == outcome; });
  };
  for (unsigned subset = 1; subset < (1U << NH); ++subset) {
    if ((subset >> i & 1U) == 0) continue;
    std::vector<int> chosen;
    bool all = true;
    for (int j = 0; j < NH; ++j) {
      if ((subset >> j & 1U) == 0) continue;
      all = all && s.r[j].vc[v] != 0;
      chosen.push_back(s.r[j].vc[v]);
    }
    if (!all) continue;
    const int size = static_cast<int>(chosen.size());
    if (size == Q) check(chosen);
    if (size != Q - 1) continue;
    for (const int lie : byzantine) {
      chosen.push_back(lie);
      check(chosen);
      chosen.pop_back();
    }
  }
  return found;
}

/// The model lets a primary send a NEW-VIEW of others' VIEW-CHANGEs alone; a replica whose own one
/// is synced has it among them.
bool sent_without_own(const State& before, const Tab& t, const State& after) {
  for (int v = 1; v < V; ++v) {
    if (before.hnv[v] == after.hnv[v]) continue;
    return !includes_own(before, t, idx[prim(v)], v, after.hnv[v]);
  }
  return false;
}

/// Rule 19 for a certificate of a later view of the applied height, which the model leaves out.
template <class Emit>
void activate_by_another_certificate(const State& s, const Tab& t, Emit emit) {
  for (int i = 0; i < NH; ++i) {
    const Rep& r = s.r[i];
    for (int w = r.act + 1; w < V; ++w) {
      if (r.app[0] == 0 || t.cc[w][0] == 0 || w < hvc(r)) continue;
      State next = s;
      next.r[i].act = static_cast<u8>(w);
      next.r[i].an = static_cast<u8>(0x80 | oc(1, 0));
      emit(next);
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  BYZ = std::stoi(argv[1]);
  const auto crashes = static_cast<unsigned>(std::stoul(argv[2]));
  fix23 = true;  // rule 23 as it stands
  for (int i = 0, k = 0; i < N; ++i) {
    if (i == BYZ) continue;
    idx[i] = k;
    hon[k++] = i;
  }
  State initial;
  std::memset(&initial, 0, sizeof initial);
  for (Rep& r : initial.r) r.an = static_cast<u8>(0x80 | oc(0, 0));
  std::deque<Reached> waiting{{initial, 0}};
  std::unordered_set<std::string> known{key(waiting.front())};
  std::set<std::string> texts;
  while (!waiting.empty()) {
    const Reached at = waiting.front();
    waiting.pop_front();
    texts.insert(text(at.state));
    Tab t;
    certs(at.state, t);
    std::string label;
    const auto reach = [&](const State& next) {
      const bool crash = label.find("CRASH") != std::string::npos;
      if (sent_without_own(at.state, t, next)) return;
      Reached reached{next, at.crashes + (crash ? 1 : 0)};
      label.clear();
      if (reached.crashes > crashes || !known.insert(key(reached)).second) return;
      waiting.push_back(reached);
    };
    gen(at.state, t, reach, &label);
    activate_by_another_certificate(at.state, t, reach);
  }
  for (const std::string& line : texts) std::puts(line.c_str());
  return 0;
}
