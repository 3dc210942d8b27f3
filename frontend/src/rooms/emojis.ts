/** The emoji that the picker offers, in their fully qualified form, each with the words that find it. */
export interface Emoji {
  readonly emoji: string;
  readonly words: string;
}

/** What is offered first. */
export const QUICK_EMOJI = ["👍", "❤️", "😂", "🎉", "😮", "🙏"] as const;

const LIST = `
👍 thumbs up yes good like ok 赞 好 同意 喜欢
👎 thumbs down no bad dislike 踩 反对 不好
❤️ heart love red 爱心 喜欢 爱 红心
😂 joy laugh tears funny lol 笑哭 好笑 哈哈
🎉 party tada celebrate congratulations 庆祝 恭喜 撒花
😮 wow surprised open mouth 惊讶 哇
🙏 thanks please pray 谢谢 拜托 祈祷 感谢
👀 eyes look see watching 看 眼睛 围观
✅ check done yes finished 完成 对勾 好了
❌ cross no wrong cancel 错 取消 不
🔥 fire hot lit 火 热 厉害
💯 hundred perfect full score 满分 一百
👏 clap applause bravo 鼓掌 厉害
🙌 raised hands hooray praise 举手 欢呼
💪 muscle strong flex 加油 强壮 肌肉
🤝 handshake deal agree 握手 合作 成交
👋 wave hello bye hi 挥手 你好 再见
👌 ok perfect hand 好的 没问题
✌️ victory peace 胜利 耶 和平
🤞 fingers crossed luck 好运 祈祷
👆 up point above 上 指
👇 down point below 下 指
👉 right point 右 指
👈 left point 左 指
☝️ index one up 一 注意
✋ hand stop five 停 举手
🫡 salute yes sir 敬礼 收到
🫶 heart hands love 比心 爱
🤔 thinking hmm wonder 思考 想 疑问
😀 grin happy smile 开心 笑
😄 smile happy laugh 开心 大笑
😁 beam grin teeth 嘻嘻 笑
😅 sweat smile relief phew 汗 尴尬
🤣 rofl rolling laugh floor 笑死 打滚
😊 blush smile happy warm 微笑 害羞
🙂 slight smile 微笑
🙃 upside down irony 倒脸 呵呵
😉 wink 眨眼
😍 heart eyes love 花痴 喜欢
🥰 hearts love adore 爱 喜爱
😘 kiss 亲亲 飞吻
😋 yum delicious tasty 好吃 美味
😛 tongue playful 吐舌
😜 wink tongue crazy 调皮
🤪 zany goofy 疯狂 搞怪
😎 cool sunglasses 酷 墨镜
🤓 nerd glasses geek 书呆子 眼镜
🧐 monocle inspect hmm 研究 审视
🥳 party face birthday 庆祝 生日
🤩 star struck wow 崇拜 星星眼
😏 smirk 得意 坏笑
😐 neutral meh 无语 平静
😑 expressionless 无表情
😶 silent no mouth 沉默
🙄 eye roll 白眼
😬 grimace awkward 尴尬
😌 relieved calm 放心 安心
😴 sleep tired zzz 睡觉 困
🥱 yawn tired bored 哈欠 困
😷 mask sick 口罩 生病
🤒 fever sick thermometer 发烧 生病
🤕 hurt bandage 受伤
🤢 sick nauseated 恶心
🥵 hot heat 热 好热
🥶 cold freezing 冷 好冷
😵 dizzy 晕
🤯 mind blown exploding 震惊 爆炸
😕 confused 困惑
😟 worried 担心
🙁 frown sad 不开心
😲 astonished 惊讶
😳 flushed embarrassed 脸红 尴尬
🥺 pleading please puppy 求求 可怜
😢 cry sad tear 哭 难过
😭 sob cry loud 大哭 哭
😱 scream fear 尖叫 害怕
😤 triumph huff 哼 生气
😡 angry rage 生气 愤怒
🤬 curse swear angry 骂 愤怒
😇 angel halo innocent 天使 无辜
🤡 clown 小丑
💀 skull dead 骷髅 笑死
👻 ghost 鬼 幽灵
👽 alien 外星人
🤖 robot bot 机器人
💩 poop 便便
😺 cat smile 猫
🙈 see no evil monkey 捂眼 猴子
🧡 orange heart 橙心
💛 yellow heart 黄心
💚 green heart 绿心
💙 blue heart 蓝心
💜 purple heart 紫心
🖤 black heart 黑心
💔 broken heart 心碎
💖 sparkling heart 闪亮的心 爱
✨ sparkles shiny new magic 闪亮 星星 新
⭐ star favourite 星 收藏
🌟 glowing star 星星
⚡ lightning power electricity fast 闪电 电 快
💥 boom collision 爆炸
💡 idea bulb light 主意 灯泡 灯
❓ question 问号 疑问
❗ exclamation important 感叹号 重要
⚠️ warning caution 警告 注意
🚨 alarm siren alert 警报 报警
🚀 rocket launch ship fast 火箭 上线 发射
🎯 target goal bullseye 目标 准
🏆 trophy win champion 奖杯 冠军
🥇 gold medal first 金牌 第一
🎁 gift present 礼物
🎂 cake birthday 蛋糕 生日
🎈 balloon 气球
🍻 beer cheers drinks 啤酒 干杯
☕ coffee tea break 咖啡 休息
🍵 tea green 茶
🍕 pizza 披萨
🍎 apple red 苹果
🍅 tomato 番茄 西红柿
🌶️ pepper chili hot 辣椒
🥬 greens lettuce cabbage 青菜 白菜
🌱 seedling sprout grow plant 发芽 幼苗 植物
🌿 herb leaf plant 草药 叶子
🍀 clover luck 幸运 四叶草
🌳 tree 树
🌵 cactus dry 仙人掌
🌸 blossom flower cherry 樱花 花
🌻 sunflower 向日葵
🌹 rose 玫瑰
☀️ sun sunny hot weather 太阳 晴
⛅ cloud sun weather 多云
🌧️ rain weather 下雨 雨
⛈️ storm thunder weather 雷雨 暴风
❄️ snow cold frost 雪 冷
💧 drop water humidity 水滴 水 湿度
🌊 wave water flood 海浪 水
🌡️ thermometer temperature 温度 温度计
🌙 moon night 月亮 晚上
🌈 rainbow 彩虹
🐛 bug insect caterpillar 虫 缺陷
🐝 bee 蜜蜂
🦋 butterfly 蝴蝶
🐶 dog 狗
🐱 cat 猫
🐼 panda 熊猫
🐟 fish 鱼
🔧 wrench fix repair tool 扳手 修理 工具
🛠️ tools fix build 工具 修理
🔨 hammer build 锤子
⚙️ gear settings 齿轮 设置
🔌 plug power 插头 电源
🔋 battery 电池
💻 laptop computer 电脑
📱 phone mobile 手机
📷 camera photo 相机 照片
📈 chart up rising 上升 图表
📉 chart down falling 下降 图表
📊 chart bar statistics 图表 统计
📌 pin 图钉 置顶
📎 paperclip attach 回形针 附件
📝 note memo write 笔记 记录
📅 calendar date 日历 日期
⏰ alarm clock time 闹钟 时间
⏳ hourglass wait 沙漏 等待
🔒 lock secure 锁 安全
🔑 key 钥匙
🔍 search magnifier look 搜索 放大镜
🔔 bell notification 铃 通知
📢 announcement loudspeaker 公告 喇叭
🎵 music note song 音乐
🎮 game play 游戏
⚽ football soccer ball 足球
🏠 home house 家 房子
🏡 house garden 花园 家
🚗 car drive 汽车 车
🚲 bicycle bike 自行车
✈️ plane flight travel 飞机 旅行
🆗 ok 好
🆕 new 新
➕ plus add 加
➖ minus 减
♻️ recycle 回收 循环
🔴 red circle 红 圆
🟡 yellow circle 黄 圆
🟢 green circle go 绿 圆
🔵 blue circle 蓝 圆
`;

export const EMOJI: readonly Emoji[] = LIST.trim()
  .split("\n")
  .map((line) => {
    const space = line.indexOf(" ");
    return { emoji: line.slice(0, space), words: line.slice(space + 1) };
  });

/** Those that every word of the query begins a word of, or is part of one in Chinese; all for an empty query. */
export function findEmoji(query: string): readonly Emoji[] {
  const wanted = query.toLowerCase().split(/\s+/u).filter(Boolean);
  return EMOJI.filter(({ emoji, words }) =>
    wanted.every(
      (word) =>
        word === emoji ||
        ` ${words}`.includes(` ${word}`) ||
        (/\p{sc=Han}/u.test(word) && words.includes(word)),
    ),
  );
}
